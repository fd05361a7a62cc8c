// What has the keyboard, and whether a person can see that it has. Called by test_report_keyboard.py
// after each press; null where the focus has left the page.
() => {
  const e = document.activeElement;
  if (e === document.body) return null;
  const all = [...document.querySelectorAll('a[href], summary, [tabindex="0"]')].filter(e => e.checkVisibility());
  const style = getComputedStyle(e);
  // A link that runs over two lines has two outlines: the first is looked at.
  const rect = e.getClientRects()[0];
  const reach = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth);
  const ring = {left: rect.left - reach, right: rect.right + reach, top: rect.top - reach, bottom: rect.bottom + reach};
  const frames = [{left: 0, right: innerWidth, top: 0, bottom: innerHeight}];
  for (let p = e.parentElement; p && p !== document.documentElement; p = p.parentElement) {
    if (getComputedStyle(p).overflowX !== 'visible' && p !== document.body) frames.push(p.getBoundingClientRect());
  }
  const sides = {
    left: frames.every(f => ring.left >= f.left - .5), right: frames.every(f => ring.right <= f.right + .5),
    top: frames.every(f => ring.top >= f.top - .5), bottom: frames.every(f => ring.bottom <= f.bottom + .5),
  };
  // A point of it that is on the screen: is it what lies on top there?
  const x = (Math.max(rect.left, 0) + Math.min(rect.right, innerWidth)) / 2;
  const y = (Math.max(rect.top, 0) + Math.min(rect.bottom, innerHeight)) / 2;
  const top = document.elementFromPoint(x, y);
  let ground = e.parentElement;
  while (ground && getComputedStyle(ground).backgroundColor === 'rgba(0, 0, 0, 0)') ground = ground.parentElement;
  return {
    at: all.indexOf(e), of: all.length, tag: e.tagName, kind: e.className, text: e.textContent.trim().slice(0, 60),
    outline: `${style.outlineStyle} ${style.outlineWidth}`, colour: style.outlineColor,
    ground: getComputedStyle(ground ?? document.body).backgroundColor,
    cut: Object.keys(sides).filter(side => !sides[side]),
    tall: rect.height + 2 * reach > innerHeight,
    on: rect.bottom > 0 && rect.top < innerHeight && rect.right > 0 && rect.left < innerWidth,
    onTop: top !== null && (e.contains(top) || top.contains(e)),
    y: rect.top + scrollY, inMain: document.querySelector('main').contains(e),
    open: document.querySelectorAll('details[open]').length, hash: location.hash,
  };
}
