/* What was sent when the sign-in had run out: kept in this tab, put back into the form after signing in anew. Never files, never
   passwords; gone as soon as any other page of ours is opened. */
"use strict";
(function () {
  const KEY = "tb-sent";
  const kept = sessionStorage.getItem(KEY);
  const signing = location.pathname.startsWith("/account/");
  const ONCE = ["csrfmiddlewaretoken", "command_id", "seq"];
  const which = (form) => form.action + [...form.elements].filter((e) => e.type === "hidden" && e.name && !ONCE.includes(e.name)).map((e) => `|${e.name}=${e.value}`).join("");
  const fields = (form) => [...form.elements].filter((e) => e.name && !["hidden", "password", "file", "submit", "button"].includes(e.type));

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || signing) return;
    const values = fields(form).filter((e) => !["checkbox", "radio"].includes(e.type) || e.checked).map((e) => [e.name, e.value]);
    try {
      sessionStorage.setItem(KEY, JSON.stringify({ page: location.pathname, form: which(form), values }));
    } catch { /* no room: nothing is kept */ }
  });
  if (!kept || signing) return;
  sessionStorage.removeItem(KEY);
  const { page, form: sent, values } = JSON.parse(kept);
  const from = document.referrer && new URL(document.referrer);
  if (page !== location.pathname || !from || from.origin !== location.origin || !from.pathname.startsWith("/account/")) return;
  const form = [...document.forms].find((f) => which(f) === sent && fields(f).length);
  if (!form) return;
  for (const e of fields(form)) {
    const said = values.filter(([name]) => name === e.name).map(([, value]) => value);
    if (["checkbox", "radio"].includes(e.type)) e.checked = said.includes(e.value);
    else if (e.tagName === "SELECT" && e.multiple) [...e.options].forEach((o) => { o.selected = said.includes(o.value); });
    else if (said.length) e.value = said[0];
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
  const line = document.createElement("p");
  line.className = "tb-live";
  line.setAttribute("role", "status");
  line.textContent = "刚才登录已经失效，没有提交。您填的内容放回来了（文件要重新选），请看一遍再提交。";
  form.prepend(line);
  const fold = form.closest("details");
  if (fold) fold.open = true;
  line.scrollIntoView({ block: "center" });
})();
