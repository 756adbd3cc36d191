/* Keyboard on the workbench: j/k move in a list or go to the next case, x choose, Enter open, / search. Also choosing
   whole pages, copying a code, printing, and following long work. Nothing here is the only way to do a thing. */
"use strict";
(function () {
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const list = document.querySelector("table[data-list]");
  const rows = list ? all("tbody tr", list) : [];
  let at = rows.findIndex((r) => r.classList.contains("is-cur"));

  function go(to) {
    if (!rows.length) return;
    if (rows[at]) rows[at].classList.remove("is-cur");
    at = Math.min(Math.max(to, 0), rows.length - 1);
    rows[at].classList.add("is-cur");
    const link = rows[at].querySelector("th a");
    if (link) link.focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing) return;
    const typing = e.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    if (typing) { if (e.key === "Escape") typing.blur(); return; }
    if (list && (e.key === "j" || e.key === "k")) { e.preventDefault(); go(at + (e.key === "j" ? 1 : -1)); return; }
    if (list && e.key === "x" && rows[at]) {
      const box = rows[at].querySelector('input[type="checkbox"]');
      if (box) { e.preventDefault(); box.click(); }
      return;
    }
    if (list && e.key === "Enter" && rows[at] && (e.target === document.body || e.target.closest("table") === list) && !e.target.closest("a, button, input")) {
      const link = rows[at].querySelector("th a");
      if (link) link.click();
      return;
    }
    const target = all("[data-key]").find((el) => el.dataset.key === e.key);
    if (target) { e.preventDefault(); if (target.matches("input")) target.focus(); else target.click(); }
  });
  rows.forEach((row, i) => row.addEventListener("focusin", () => { if (i !== at) { if (rows[at]) rows[at].classList.remove("is-cur"); at = i; row.classList.add("is-cur"); } }));
  if (list) all("[data-keys]").forEach((e) => { e.hidden = false; });

  /* -- choose -- */
  if (list) {
    const boxes = all('tbody .sel input[type="checkbox"]', list), whole = list.querySelector("[data-all]");
    const said = document.querySelector("[data-chosen-said]"), number = document.querySelector("[data-chosen]");
    const count = () => {
      const n = boxes.filter((b) => b.checked).length;
      if (said) { said.hidden = n === 0; number.textContent = String(n); }
      if (whole) { whole.checked = n > 0 && n === boxes.length; whole.indeterminate = n > 0 && n < boxes.length; }
    };
    if (whole) { whole.hidden = false; whole.addEventListener("change", () => { boxes.forEach((b) => { b.checked = whole.checked; }); count(); }); }
    boxes.forEach((b) => b.addEventListener("change", count));
    count();
  }

  /* -- copy, print -- */
  if (navigator.clipboard) all("[data-copy]").forEach((button) => {
    const was = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(button.parentElement.querySelector("[data-copy-text]").textContent.trim());
        button.textContent = "已复制";
      } catch { button.textContent = "没能复制，请手动选取"; }
      setTimeout(() => { button.textContent = was; }, 2500);
    });
  });
  all("[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => window.print()); });

  /* -- long work: ask every three seconds, load the page again when it is done -- */
  all("[data-refresh]").forEach((box) => {
    const bar = box.querySelector("progress");
    const ask = async () => {
      try {
        const answer = await fetch(box.dataset.refresh, { headers: { Accept: "application/json" }, credentials: "same-origin" });
        if (answer.ok) {
          const now = await answer.json();
          if (now.finished) { window.location.reload(); return; }
          if (bar && now.total) { bar.max = now.total; bar.value = now.done; }
        }
      } catch { /* the next round asks again */ }
      setTimeout(ask, 3000);
    };
    setTimeout(ask, 3000);
  });
})();
