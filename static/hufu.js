// Comfort only: every page works without it. A module, so that browsers too old for its language leave it alone.

// A list of problems takes the focus, so that screen readers begin there.
const problems = document.getElementById("problems") || document.querySelector(".notice[role=alert]");
if (problems) problems.focus();

// A form is sent once, however often its button is pressed. Coming back to the page makes it ready again.
for (const form of document.querySelectorAll("form[method=post]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
  }
});

// Passwords can be looked at before they are sent.
for (const input of document.querySelectorAll("input[type=password][data-show]")) {
  const frame = document.createElement("div");
  const button = document.createElement("button");
  frame.className = "reveal";
  button.type = "button";
  const show = (visible) => {
    input.type = visible ? "text" : "password";
    button.textContent = visible ? input.dataset.hide : input.dataset.show;
    button.setAttribute("aria-label", `${button.textContent} ${input.labels[0].textContent}`);
  };
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
  input.replaceWith(frame);
  frame.append(input, button);
  show(false);
}

// A page that waits (the result of a logout, a code to be scanned) renews itself in place until nothing is pending, and goes
// on by itself where its form says so.
function renew() {
  const go = document.querySelector("form[data-go]");
  if (go && !go.dataset.sent) return go.requestSubmit();
  const card = document.querySelector("[data-renew]");
  const seconds = card && Number(card.dataset.renew);
  if (!seconds) return;
  setTimeout(async () => {
    try {
      const answer = await fetch(location.href, { headers: { accept: "text/html" }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById(card.id);
      if (answer.ok && fresh && fresh.outerHTML !== card.outerHTML) card.replaceWith(document.importNode(fresh, true));
    } catch { /* the network is away: try again */ }
    renew();
  }, seconds * 1000);
}
renew();
