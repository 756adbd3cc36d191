/* Forms, only on top of what works without it: checks while typing, fields that depend on others, drafts that save
   themselves, uploads with progress, no second submit. Every server answer is text or a component of the kit. */
"use strict";
(function () {
  const all = (selector, root) => [...(root || document).querySelectorAll(selector)];
  const token = (form) => (form.querySelector('[name="csrfmiddlewaretoken"]') || document.querySelector('[name="csrfmiddlewaretoken"]') || {}).value || "";

  /* -- signed out meanwhile: refused, not found (another's draft is) or led to the page that asks who one is -- */
  const lapsed = (status, elsewhere) => elsewhere || [401, 403, 404].includes(status);
  /* Signing in on another page makes this page's tokens worthless: they are taken anew. False while nobody is signed in. */
  async function renew() {
    try {
      const answer = await fetch(window.location.href, { credentials: "same-origin" });
      if (!answer.ok || answer.redirected) return false;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector('[name="csrfmiddlewaretoken"]');
      all('[name="csrfmiddlewaretoken"]').forEach((e) => { if (fresh) e.value = fresh.value; });
      return Boolean(fresh);
    } catch { return false; }
  }

  /* -- checks as one types: say it when the person leaves the field, take it back as soon as it is right -- */
  function check(input) {
    const wrong = input.value.trim() ? window.tbChecks[input.dataset.check](input.value) : "";
    let line = input.parentElement.querySelector(".tb-live");
    if (!wrong && !line) return;
    if (!line) {
      line = document.createElement("p");
      line.className = "tb-live";
      line.id = `l-${input.name}`;
      line.setAttribute("role", "status");
      (input.closest(".tb-unit") || input).after(line);
      input.setAttribute("aria-describedby", `${input.getAttribute("aria-describedby") || ""} ${line.id}`.trim());
    }
    line.textContent = wrong;
  }
  /* What changes the height of the page while a finger is on a button would move the button away from under it: it waits
     for the tap. `calmly` runs a task then, once however often it was asked for. */
  const waiting = new Map();
  let pressed = false;
  const run = () => { if (pressed) return; const tasks = [...waiting.values()]; waiting.clear(); tasks.forEach((task) => task()); };
  const soon = () => setTimeout(run, 300);
  const calmly = (key, task) => { waiting.set(key, task); soon(); };
  document.addEventListener("pointerdown", () => { pressed = true; }, true);
  ["pointerup", "pointercancel"].forEach((name) => document.addEventListener(name, () => { pressed = false; soon(); }, true));
  const watch = (root) => all("[data-check]", root).forEach((input) => {
    input.addEventListener("blur", () => calmly(input, () => check(input)));
    input.addEventListener("input", () => { const line = document.getElementById(`l-${input.name}`); if (line && line.textContent) check(input); });
  });
  watch(document);

  /* -- fields asked only when another has a value -- */
  function valuesOf(form, name) {
    return all(`[name="${CSS.escape(name)}"]`, form)
      .filter((e) => (e.type === "radio" || e.type === "checkbox" ? e.checked : true))
      .map((e) => e.value);
  }
  function settle(form) {
    all("[data-when-field]", form).forEach((field) => {
      const values = valuesOf(form, field.dataset.whenField);
      const { whenEquals, whenContains } = field.dataset;
      const asked = whenEquals !== undefined ? whenEquals.split("|").some((v) => values.includes(v)) : values.some((v) => v.includes(whenContains || ""));
      field.hidden = !asked;
      all("input, select, textarea", field).forEach((e) => { e.disabled = !asked; });
    });
  }
  all("form").forEach((form) => {
    if (!form.querySelector("[data-when-field]")) return;
    all("[data-when-said]", form).forEach((e) => { e.hidden = true; });
    settle(form);
    form.addEventListener("change", () => settle(form));
    form.addEventListener("input", () => settle(form));
  });

  /* -- tables: a row more or less at once; what the buttons would have asked of the server -- */
  all("fieldset[data-rows]").forEach((table) => {
    const rows = () => all(":scope > .tb-trow", table), name = table.dataset.rows;
    const add = table.querySelector(`:scope > button[value="add:${CSS.escape(name)}"]`);
    const blank = rows()[0] && rows()[0].cloneNode(true);
    if (!add || !blank) return;
    all(".tb-err, .tb-live, .tb-fill", blank).forEach((e) => e.remove());
    all(".has-error", blank).forEach((e) => e.classList.remove("has-error"));
    all("input, select, textarea", blank).forEach((e) => {
      e.removeAttribute("aria-invalid"); e.removeAttribute("aria-describedby");
      if (e.type === "radio" || e.type === "checkbox") e.removeAttribute("checked");
      else if (e.tagName === "SELECT") all("option", e).forEach((o) => o.removeAttribute("selected"));
      else if (e.tagName === "TEXTAREA") e.textContent = "";
      else e.setAttribute("value", "");
    });
    const number = () => {
      rows().forEach((row, n) => {
        row.querySelector(".n").textContent = String(n + 1);
        row.setAttribute("aria-label", row.getAttribute("aria-label").replace(/\d+(?=\D*$)/, String(n + 1)));
        all("[name],[id],[for],[aria-describedby]", row).forEach((e) => ["name", "id", "for", "aria-describedby"].forEach((a) => {
          const was = e.getAttribute(a);
          if (was && !was.startsWith("_")) e.setAttribute(a, was.replaceAll(new RegExp(`(^|[-\\s])${name}\\.\\d+\\.`, "g"), `$1${name}.${n}.`));
        }));
        const drop = row.querySelector('button[name="_do"]'), hidden = drop.querySelector(".visually-hidden");
        drop.value = `drop:${name}:${n}`;
        hidden.textContent = hidden.textContent.replace(/\d+/, String(n + 1));
        drop.disabled = rows().length <= Math.max(Number(table.dataset.least), 1);
      });
      add.disabled = rows().length >= Number(table.dataset.most);
    };
    const told = () => table.dispatchEvent(new Event("input", { bubbles: true }));
    table.addEventListener("click", (e) => {
      const button = e.target.closest('button[name="_do"]');
      if (!button || button.closest("fieldset[data-rows]") !== table || button.disabled) return;
      e.preventDefault();
      if (button === add) {
        const row = blank.cloneNode(true);
        add.before(row); number(); watch(row);
        const first = row.querySelector("input, select, textarea");
        if (first) first.focus();
      } else {
        button.closest(".tb-trow").remove(); number(); add.focus();
      }
      told();
    });
  });

  /* -- drafts: two seconds after the last key; files are not part of a draft -- */
  all("form[data-draft]").forEach((form) => {
    const status = form.querySelector("[data-draft-status]");
    let timer = 0, busy = false, again = false, out = false;
    const say = (text) => { if (status) status.textContent = text; };
    function post() {
      const data = new FormData(form);
      [...data.keys()].forEach((k) => { if (data.get(k) instanceof File) data.delete(k); });
      return fetch(form.dataset.draft, { method: "POST", body: data, headers: { "X-CSRFToken": token(form), Accept: "application/json" }, credentials: "same-origin" });
    }
    async function save() {
      if (busy) { again = true; return; }
      busy = true;
      try {
        let answer = await post();
        if (answer.status === 403 && await renew()) answer = await post();
        out = lapsed(answer.status, answer.redirected);
        if (out) say("登录已失效，请另开一页登录后再保存。您填的内容还在这一页，不要关闭页面。");
        else if (!answer.ok) throw new Error(String(answer.status));
        else { const { saved_at: at } = await answer.json(); say(`草稿已自动保存${at ? `，${at}` : ""}`); }
      } catch {
        say("没能自动保存。您填的内容还在这一页，请检查网络，不要关闭页面。");
      }
      busy = false;
      if (again) { again = false; save(); }
    }
    document.addEventListener("visibilitychange", () => { if (out && !document.hidden) save(); }); // back from signing in
    const later = () => { clearTimeout(timer); timer = setTimeout(save, 2000); };
    form.addEventListener("input", (e) => { if (e.target.type !== "file") later(); });
    form.addEventListener("submit", () => clearTimeout(timer));
  });

  /* -- uploads: a row with data-upload sends its file at once and is replaced by the row the server answers -- */
  const size = (bytes) => (bytes < 1048576 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`);
  function send(row, file) {
    const input = row.querySelector('input[type="file"]'), drop = row.querySelector(".tb-drop"), body = row.querySelector("div");
    const said = row.querySelector("[data-upload-said]") || body.appendChild(Object.assign(document.createElement("p")));
    said.setAttribute("role", "status");
    const bar = body.appendChild(Object.assign(document.createElement("progress"), { className: "tb-progress", max: 100, value: 0 }));
    bar.setAttribute("aria-label", `上传进度：${file.name}`);
    row.classList.remove("is-bad", "is-ok"); row.classList.add("is-run");
    const stop = Object.assign(document.createElement("button"), { type: "button", className: "btn btn-sm btn-text", textContent: "取消" });
    const xhr = new XMLHttpRequest(), data = new FormData(), start = Date.now();
    const leave = (text) => { said.textContent = text; bar.remove(); stop.remove(); row.classList.remove("is-run"); row.classList.add("is-bad"); drop.hidden = false; input.value = ""; };
    data.append(input.name, file);
    xhr.open("POST", row.dataset.upload);
    xhr.setRequestHeader("X-CSRFToken", token(row.closest("form") || document));
    xhr.upload.onprogress = (e) => {
      if (!e.lengthComputable) return;
      const rest = Math.ceil(((Date.now() - start) / e.loaded) * (e.total - e.loaded) / 1000);
      bar.value = (100 * e.loaded) / e.total;
      said.textContent = e.loaded < e.total ? `${file.name} · 正在上传 ${size(e.loaded)} / ${size(e.total)}，约剩 ${rest} 秒` : `${file.name} · 已传完，正在查看内容`;
    };
    xhr.onload = () => {
      if (xhr.status >= 200 && xhr.status < 300 && xhr.responseText.includes("tb-up")) {
        const box = document.createElement("template");
        box.innerHTML = xhr.responseText.trim();
        const fresh = box.content.firstElementChild;
        row.replaceWith(fresh); ready(fresh);
        const heading = fresh.querySelector("h3");
        if (heading) { heading.tabIndex = -1; heading.focus(); }
      } else leave(xhr.status === 413 ? "文件太大，没有收下。请压缩后再传。" : "没有传成功，原来的文件还在。请再试一次。");
    };
    xhr.onerror = () => leave("网络断了，没有传成功。请再试一次。");
    xhr.onabort = () => leave("已取消上传。");
    stop.addEventListener("click", () => xhr.abort());
    drop.hidden = true; body.append(stop);
    said.textContent = `${file.name} · 开始上传`;
    xhr.send(data);
  }
  function ready(row) {
    const input = row.querySelector('input[type="file"]'), drop = row.querySelector(".tb-drop");
    if (!input || !drop) return;
    const hint = drop.querySelector("[data-drop-said]");
    if (hint) hint.hidden = false;
    drop.addEventListener("dragover", (e) => { e.preventDefault(); drop.classList.add("is-over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("is-over"));
    drop.addEventListener("drop", (e) => {
      e.preventDefault(); drop.classList.remove("is-over");
      if (!e.dataTransfer.files.length) return;
      if (row.dataset.upload) send(row, e.dataTransfer.files[0]); else input.files = e.dataTransfer.files;
    });
    if (row.dataset.upload) input.addEventListener("change", () => { if (input.files.length) send(row, input.files[0]); });
  }
  all(".tb-up").forEach(ready);

  /* -- once: a second click does nothing; going back makes the form usable again -- */
  all("form[data-once]").forEach((form) => {
    form.addEventListener("submit", (e) => {
      if (form.dataset.sent) { e.preventDefault(); return; }
      form.dataset.sent = "1";
      const button = e.submitter;
      if (button) { button.setAttribute("aria-disabled", "true"); button.dataset.said = button.textContent; button.textContent = "正在提交…"; }
    });
  });
  window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => {
    delete form.dataset.sent;
    all('[aria-disabled="true"]', form).forEach((b) => { b.removeAttribute("aria-disabled"); if (b.dataset.said) b.textContent = b.dataset.said; });
  }));

  /* -- live: what is being typed is drawn beside the form; the server draws, nothing is kept -- */
  all("form[data-live]").forEach((form) => {
    const into = document.getElementById(form.dataset.liveInto);
    let timer = 0, asked = 0;
    async function draw() {
      const mine = ++asked, data = new FormData(form);
      data.delete("_do");
      try {
        const answer = await fetch(form.dataset.live, { method: "POST", body: data, headers: { "X-CSRFToken": token(form) }, credentials: "same-origin" });
        if (!answer.ok) return;
        const drawn = await answer.text();
        if (mine === asked) calmly(into, () => { into.innerHTML = drawn; });
      } catch { /* the picture stays as it was; saving draws it anew */ }
    }
    if (into) form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, 400); });
  });

  all("select[data-submit]").forEach((s) => s.addEventListener("change", () => s.form.requestSubmit()));
  const first = document.querySelector("[data-focus]");
  if (first) first.focus();
})();
