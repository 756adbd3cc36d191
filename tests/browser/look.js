/* axe-core twice over one page, at two widths. Most rules ask for names, roles and order, and answer the same at any width for
   what was there before. So the second look takes up only what may be judged otherwise: what was not shown before or is drawn in
   other colours or another size, text that something lies over, controls that are small or lie in each other's way, and what
   has lost a part of itself. Where a heading came or went, the order of all of them is asked again, and so the whole page. */
const CONTROLS = 'a[href],button,input:not([type=hidden]),select,textarea,summary,[role=button],[role=tab],[tabindex="0"]';
const OUTLINE = 'main, main h1, main h2, main h3, main h4, main h5, main h6';
const drawn = new Map();

async function found(where, rules) {
  const told = await axe.run(where, {runOnly: rules, resultTypes: ['violations'], selectors: false});
  return told.violations.map(v => ({id: v.id, nodes: v.nodes.map(n => ({html: n.html}))}));
}

/* How an element is drawn, as far as contrast depends on it; '' where it is not shown. */
function drawing(e) {
  if (!e.checkVisibility({checkVisibilityCSS: true}) || !e.getClientRects().length) return '';
  const s = getComputedStyle(e);
  return [s.color, s.backgroundColor, s.backgroundImage, s.fontSize, s.fontWeight, s.opacity, s.textShadow, s.filter].join('|');
}

function crossing(a, b) {
  return a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1;
}

const apart = (a, b) => !a.contains(b) && !b.contains(a);

/* Text that lies over or under something that was taken out of the flow. */
function overlaid(all) {
  const lifted = all.filter(e => !['static', 'relative'].includes(getComputedStyle(e).position));
  const boxes = lifted.map(e => e.getBoundingClientRect());
  const worded = e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  return lifted.length ? all.filter(worded).filter(e => {
    const box = e.getBoundingClientRect();
    return lifted.some((other, i) => apart(e, other) && crossing(box, boxes[i]));
  }) : [];
}

/* Controls under 24 px (links within a sentence may be), or that lie over each other. */
function cramped(all) {
  const controls = all.filter(e => e.matches(CONTROLS));
  const boxes = controls.map(e => e.getBoundingClientRect());
  const within = e => getComputedStyle(e).display === 'inline'
    && e.parentElement.textContent.trim().length > e.textContent.trim().length;
  return controls.filter((e, i) => (Math.min(boxes[i].width, boxes[i].height) < 24 && !within(e))
    || controls.some((other, k) => k !== i && apart(e, other) && crossing(boxes[i], boxes[k])));
}

/* A part of the page by what it is and what it stands in: the same part of another page is judged the same. */
function mark(e) {
  let text = innerWidth + e.outerHTML, number = 0;
  for (let at = e.parentElement; at; at = at.parentElement) text += at.tagName + at.className;
  for (let i = 0; i < text.length; i++) number = (Math.imul(number, 31) + text.charCodeAt(i)) | 0;
  return `${text.length} ${number}`;
}

async function tbLook(rules) {
  drawn.clear();
  for (const e of document.body.querySelectorAll('*')) drawn.set(e, drawing(e));
  return found(document, rules);
}

async function tbLookAgain(rules, clean) {
  const shown = [], other = new Set();
  for (const e of document.body.querySelectorAll('*')) {
    const now = drawing(e), before = drawn.get(e);
    if (!now !== !before && e.matches(OUTLINE)) return [await found(document, rules), []];
    if (now) shown.push(e);
    if (now && now !== before) other.add(e);
    const named = !now && before && (e.closest(CONTROLS) || e.closest('label')?.control);
    if (named && drawing(named)) other.add(named);
  }
  for (const e of [...overlaid(shown), ...cramped(shown)]) other.add(e);
  const known = new Set(clean), parts = [];
  for (const e of other) {
    let above = e.parentElement;
    while (above && !other.has(above)) above = above.parentElement;
    if (!above) parts.push([e, mark(e)]);
  }
  const unknown = parts.filter(([, m]) => !known.has(m));
  return [unknown.length ? await found({include: unknown.map(([e]) => e)}, rules) : [], unknown.map(([, m]) => m)];
}
window.tbLook = tbLook;
window.tbLookAgain = tbLookAgain;
'read';
