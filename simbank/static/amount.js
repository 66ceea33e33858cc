/* The confirmation: dots between thousands as one types, the amount on the key, one tap pays once. */
"use strict";

(function () {
  const form = document.getElementById("order");
  const amount = document.getElementById("amount");
  const pay = document.getElementById("pay");
  const DIGITS_MAX = 9;

  const dotted = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ".");

  function tidy() {
    const before = amount.value.slice(0, amount.selectionStart).replace(/\D/g, "").length;
    const digits = amount.value.replace(/\D/g, "").replace(/^0+/, "").slice(0, DIGITS_MAX);
    amount.value = dotted(digits);
    let at = 0;
    for (let seen = 0; seen < before && at < amount.value.length; at += 1) {
      if (/\d/.test(amount.value[at])) seen += 1;
    }
    amount.setSelectionRange(at, at);
    pay.textContent = digits ? `${form.dataset.pay} ${amount.value}\u00a0₫` : form.dataset.pay;
  }

  /* Deleting a dot alone would do nothing, since it comes back: step over it to the digit. */
  function stepOver(event) {
    const at = amount.selectionStart;
    if (at !== amount.selectionEnd) return;
    if (event.inputType === "deleteContentBackward" && amount.value[at - 1] === ".") {
      amount.setSelectionRange(at - 1, at - 1);
    } else if (event.inputType === "deleteContentForward" && amount.value[at] === ".") {
      amount.setSelectionRange(at + 1, at + 1);
    }
  }

  if (amount) {
    amount.addEventListener("beforeinput", stepOver);
    amount.addEventListener("input", tidy);
    if (amount.value) tidy();
    else amount.focus();
  }
  form.addEventListener("submit", () => {
    pay.textContent = form.dataset.busy;
    // After the form's data is taken, so that the key stays part of the page.
    setTimeout(() => { pay.disabled = true; }, 0);
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    pay.disabled = false;
    if (amount) tidy();
  });
})();
