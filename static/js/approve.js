// The queue of approvals: the button says how many stalls it approves, and one press ticks them all.

const form = document.querySelector("[data-approve]");
const button = form?.querySelector("[data-approve-button]");

if (form && button) {
  const boxes = [...form.querySelectorAll('input[name="stall"]')];
  const all = form.querySelector("[data-approve-all]");
  const untold = button.textContent;

  const say = () => {
    const count = boxes.filter((box) => box.checked).length;
    button.textContent = count === 0 ? untold : count === 1 ? form.dataset.one : form.dataset.many.replace("{count}", count);
    button.disabled = count === 0;
    all.hidden = count === boxes.length;
  };

  all.addEventListener("click", () => {
    boxes.forEach((box) => { box.checked = true; });
    say();
  });
  form.addEventListener("change", say);
  say();
}
