// Every colour in use and what it stands on, as the browser has computed them. Called by
// test_report_colours.py; gives {text: [...], graphics: [...]}: colours as "#RRGGBB", how often they
// are used and one example of each.
() => {
  const hex = colour => {
    const found = colour.match(/^rgba?\((\d+), (\d+), (\d+)(?:, ([\d.]+))?\)$/);
    if (!found) throw new Error(`No colour: ${colour}`);
    if (found[4] === '0') return null;
    if (found[4] !== undefined) throw new Error(`A colour that shines through: ${colour}`);
    return '#' + found.slice(1, 4).map(n => Number(n).toString(16).padStart(2, '0')).join('').toUpperCase();
  };
  const ground = element => {
    for (let e = element; e; e = e.parentElement) {
      const colour = hex(getComputedStyle(e).backgroundColor);
      if (colour) return colour;
    }
    return '#FFFFFF';
  };
  const found = {text: new Map(), graphics: new Map()};
  const keep = (kind, front, back, example) => {
    const key = `${front} ${back}`;
    if (!found[kind].has(key)) found[kind].set(key, {front, back, example, times: 0});
    found[kind].get(key).times += 1;
  };
  const named = e => `${e.tagName.toLowerCase()}.${e.getAttribute('class') ?? ''}`;

  // Text of the page, and what style sheets put before and after it.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const e = node.parentElement;
    if (!node.data.trim() || e.closest('svg') || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    keep('text', hex(style.color), ground(e), `${named(e)}: ${node.data.trim()}`);
  }
  for (const e of document.querySelectorAll('body *')) {
    if (!e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    if (style.opacity !== '1') throw new Error(`Shines through: ${named(e)}`);
    for (const part of ['::before', '::after']) {
      const pseudo = getComputedStyle(e, part);
      if (['none', 'normal', '""'].includes(pseudo.content) || pseudo.display === 'none') continue;
      const back = hex(pseudo.backgroundColor) ?? ground(e);
      keep('text', hex(pseudo.color), back, `${named(e)}${part}`);
    }
    if (e.closest('svg')) continue;
    for (const side of ['Top', 'Right', 'Bottom', 'Left']) {
      if (style[`border${side}Style`] === 'none' || style[`border${side}Width`] === '0px') continue;
      const colour = hex(style[`border${side}Color`]);
      if (colour) keep('graphics', colour, ground(e.parentElement), `border of ${named(e)}`);
    }
  }

  // Charts: a point of each shape, or of each label, over the last shape painted before it there.
  for (const svg of document.querySelectorAll('svg')) {
    if (!svg.checkVisibility()) continue;
    const page = ground(svg.parentElement);
    const painted = [];
    const under = point => {
      for (let at = painted.length - 1; at >= 0; at--) {
        const {shape, fill, back} = painted[at];
        const box = shape.getBoundingClientRect();
        if (point.x < box.left || point.x > box.right || point.y < box.top || point.y > box.bottom) continue;
        if (fill && shape.isPointInFill(point.matrixTransform(back))) return fill;
      }
      return page;
    };
    for (const shape of svg.querySelectorAll('path, line, rect, circle, text')) {
      const style = getComputedStyle(shape);
      const matrix = shape.getScreenCTM();
      const [fill, stroke] = ['fill', 'stroke'].map(key => (style[key] === 'none' ? null : hex(style[key])));
      if (Number(style.opacity) * Number(style.fillOpacity) * Number(style.strokeOpacity) !== 1) {
        throw new Error(`Shines through: ${shape.outerHTML.slice(0, 80)}`);
      }
      const example = `${named(shape.parentElement)}>${named(shape)} ${shape.textContent}`;
      if (shape.tagName === 'text') {
        const box = shape.getBoundingClientRect();
        for (const part of [0.1, 0.5, 0.9]) {
          const point = new DOMPoint(box.left + part * box.width, (box.top + box.bottom) / 2);
          // Where letters have a halo, they stand on that.
          if (fill) keep('text', fill, stroke ?? under(point), example);
        }
        continue;
      }
      const length = shape.getTotalLength();
      for (const part of length ? [0, 0.25, 0.5, 0.75, 1] : []) {
        const point = shape.getPointAtLength(part * length).matrixTransform(matrix);
        for (const colour of new Set([fill, stroke])) if (colour) keep('graphics', colour, under(point), example);
      }
      if (length) painted.push({shape, fill, back: matrix.inverse()});
    }
  }
  return {text: [...found.text.values()], graphics: [...found.graphics.values()]};
}
