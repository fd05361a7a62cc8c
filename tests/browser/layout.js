// What a reader would lose: text that runs off the side, is cut or lies on other text. Called by
// test_report_layout.py with the width there is; gives lists that should be empty.
(width) => {
  const kept = '.hidden, .skip, .contents-title, .scorecard thead';  // out of sight on purpose
  const named = e => `${e.tagName.toLowerCase()}.${e.getAttribute('class') ?? ''}`;
  const clips = (e, axis) => ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e)[axis]);
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !hiddenOnPurpose(e);
  const hiddenOnPurpose = e => {
    const found = e.closest(kept);
    return found !== null && getComputedStyle(found).position === 'absolute';
  };

  // What is left of a box inside the regions that scroll it.
  const scrollers = [...document.querySelectorAll('body *')].filter(e => clips(e, 'overflowX') || clips(e, 'overflowY'));
  const inside = (rect, element) => {
    let {left, right, top, bottom} = rect;
    for (const region of scrollers) {
      if (region === element || !region.contains(element) || region.matches('svg')) continue;
      const box = region.getBoundingClientRect();
      left = Math.max(left, box.left); right = Math.min(right, box.right);
      top = Math.max(top, box.top); bottom = Math.min(bottom, box.bottom);
    }
    return {left, right, top, bottom};
  };

  // What a region can't be scrolled to: text before its beginning or after its end.
  const lost = (rect, element) => {
    const region = element.parentElement.closest('.scroll, .plot, pre');
    if (!region) return false;
    const frame = region.getBoundingClientRect();
    const left = rect.left - frame.left + region.scrollLeft, top = rect.top - frame.top + region.scrollTop;
    const first = getComputedStyle(region).direction === 'rtl' ? region.clientWidth - region.scrollWidth : 0;
    const sideways = left < first - 1 || left + rect.width > first + region.scrollWidth + 1;
    return clips(region, 'overflowX') && (sideways || top < -1 || top + rect.height > region.scrollHeight + 1);
  };

  const unreachable = [];
  const lines = [];  // each line of each piece of text, and each label of a chart
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    const parent = node.parentElement;
    if (!node.data.trim() || !shown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const rects = parent.closest('svg') ? [parent.getBoundingClientRect()] : range.getClientRects();
    for (const rect of rects) {
      if (lost(rect, parent)) unreachable.push(`${named(parent)}: ${node.data.trim()}`);
      const box = inside(rect, parent);
      if (box.right - box.left > 1 && box.bottom - box.top > 1) lines.push({node, text: node.data.trim(), parent, box});
    }
  }

  const off = lines.filter(({box}) => box.right > width + 1 || box.left < -1);

  const cut = [...document.querySelectorAll('body *')].filter(e => {
    if (e.closest('svg') || !shown(e)) return false;
    const wide = e.scrollWidth > e.clientWidth + 1, high = e.scrollHeight > e.clientHeight + 1;
    const style = getComputedStyle(e);
    const gone = axis => ['hidden', 'clip'].includes(style[axis]);
    // A region that scrolls sideways must not have to scroll downwards too: two ways at once.
    const twoWays = e.matches('.scroll, .plot') && high;
    return (wide && gone('overflowX')) || (high && gone('overflowY')) || twoWays || style.textOverflow === 'ellipsis';
  });

  const over = [];
  lines.sort((one, other) => one.box.top - other.box.top);
  const space = 1.5;  // ascenders may touch
  lines.forEach((one, at) => {
    for (let next = at + 1; next < lines.length; next++) {
      const other = lines[next];
      if (other.box.top > one.box.bottom - space) break;
      if (one.node === other.node) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > space && down > space) over.push([one, other, across, down]);
    }
  });
  return {
    lines: lines.length,
    page: document.documentElement.scrollWidth,
    off: off.map(({text, parent}) => `${named(parent)}: ${text}`),
    cut: [...cut.map(named), ...unreachable],
    over: over.map(([one, other]) => `${named(one.parent)}: ${one.text} / ${named(other.parent)}: ${other.text}`),
  };
}
