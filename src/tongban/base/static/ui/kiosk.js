/* The kiosk goes back to its first page when nobody has touched it for a while; without scripts the page does so itself. */
"use strict";
(function () {
  const main = document.querySelector("[data-idle]");
  if (!main) return;
  const most = Number(main.dataset.idle), said = document.querySelector("[data-idle-said]"), warn = 15;
  let left = most;
  const touched = () => { left = most; if (said) said.hidden = true; };
  ["pointerdown", "keydown", "scroll"].forEach((what) => document.addEventListener(what, touched, { passive: true }));
  window.setInterval(() => {
    left -= 1;
    if (left <= 0) { window.location.replace(main.dataset.idleHref); return; }
    if (left <= warn && said) { said.hidden = false; said.textContent = `${left} 秒后回到首页，碰一下屏幕继续`; }
  }, 1000);
  window.addEventListener("pageshow", (e) => { if (e.persisted) window.location.replace(main.dataset.idleHref); });
})();
