// Large keys to type an amount with, and no second tap while the first is on its way. Without this script the field
// takes the phone's own keys, and the server notes a double tap once.

const field = document.querySelector("#other input[name=amount_vnd]");
const FIGURES_MAX = 9;
const SENT_FOR_MS = 8000;

function write(figures) {
  field.value = figures.replace(/^0+/, "").slice(0, FIGURES_MAX).replace(/\B(?=(\d{3})+$)/g, ".");
}

if (field) {
  const pad = document.getElementById("pad");
  const figures = () => field.value.replace(/\D/g, "");
  pad.hidden = false;
  field.setAttribute("inputmode", "none");
  for (const key of pad.querySelectorAll("[data-figures]")) {
    key.addEventListener("click", () => {
      const longer = figures() + key.dataset.figures;
      if (longer.length <= FIGURES_MAX) write(longer);
    });
  }
  pad.querySelector("[data-erase]").addEventListener("click", () => write(figures().slice(0, -1)));
}

for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
    // It never left, if this page is still here by then.
    setTimeout(() => delete form.dataset.sent, SENT_FOR_MS);
  });
}

// A page that comes back from the browser's memory carries the key of a sale that was noted.
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});
