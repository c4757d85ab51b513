// Progressive enhancement only: every page is usable and printable without this script.
'use strict';
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // -- theme: the system's, until the reader chooses one ---------------------------------------
  const kept = {
    get theme() {
      try { return localStorage.getItem('theme'); } catch { return null; }
    },
    set theme(value) {
      try { localStorage.setItem('theme', value); } catch { /* private mode: for this page only */ }
    },
  };
  if (kept.theme === 'light' || kept.theme === 'dark') root.dataset.theme = kept.theme;

  const startTheme = () => {
    for (const button of all('[data-theme-toggle]')) {
      button.hidden = false;
      button.onclick = () => {
        const isDark = root.dataset.theme
          ? root.dataset.theme === 'dark'
          : matchMedia('(prefers-color-scheme: dark)').matches;
        root.dataset.theme = isDark ? 'light' : 'dark';
        kept.theme = root.dataset.theme;
      };
    }
  };

  // -- times: UTC from the server, here in the reader's zone ------------------------------------
  const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
  const weekdays = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ');
  const two = (n) => String(n).padStart(2, '0');
  const minute = (d) => `${two(d.getHours())}:${two(d.getMinutes())}`;
  const clock = (d) => `${minute(d)}:${two(d.getSeconds())}`;
  const date = (d) =>
    `${weekdays[d.getDay()]} ${d.getDate()} ${months[d.getMonth()]} ${d.getFullYear()}`;
  const dayStart = (d) => new Date(d.getFullYear(), d.getMonth(), d.getDate());
  const daysAgo = (d) => Math.round((dayStart(new Date()) - dayStart(d)) / 86400000);
  const dayName = (d) => ['Today', 'Yesterday'][daysAgo(d)] ?? date(d);
  const recent = (d) => {
    const ago = daysAgo(d);
    if (ago === 0) return minute(d);
    if (ago > 0 && ago < 7) return `${weekdays[d.getDay()]} ${minute(d)}`;
    const year = d.getFullYear() === new Date().getFullYear() ? '' : ` ${d.getFullYear()}`;
    return `${d.getDate()} ${months[d.getMonth()]}${year}`;
  };
  const forms = {
    minute,
    clock,
    recent,
    clockTenths: (d) => `${clock(d)}.${Math.floor(d.getMilliseconds() / 100)}`,
    dateMinute: (d) => `${date(d)}, ${minute(d)}`,
  };
  const zone = () => {
    const offset = -new Date().getTimezoneOffset();
    if (offset === 0) return 'UTC';
    const [hours, minutes] = [Math.floor(Math.abs(offset) / 60), Math.abs(offset) % 60];
    return `UTC${offset < 0 ? '−' : '+'}${hours}${minutes ? ':' + two(minutes) : ''}`;
  };
  const localTimes = (within) => {
    for (const time of all('time[data-as]', within)) {
      const moment = new Date(time.dateTime);
      const form = forms[time.dataset.as];
      if (!form || Number.isNaN(moment.getTime())) continue;
      time.textContent = form(moment);
      time.title = time.dateTime;
    }
    for (const label of all('[data-zone]', within)) label.textContent = zone();
  };

  // Regroups the list by days of the reader's zone. Rows that repeat another one stay below it.
  const localDays = (within) => {
    for (const table of all('table.days', within)) {
      const pattern = table.querySelector('tr.day');
      if (!pattern) continue;
      for (const heading of all('tr.day', table)) heading.remove();
      let name = null;
      let count = 0;
      let noun = 'session';
      let heading = null;
      const finish = () => {
        if (heading) heading.querySelector('small').textContent = `${count} ${noun}${count === 1 ? '' : 's'}`;
      };
      for (const row of all('tbody > tr:not(.rep)', table)) {
        const time = row.querySelector('time');
        const day = time ? dayName(new Date(time.dateTime)) : 'No events';
        if (day !== name) {
          finish();
          [name, count, noun] = [day, 0, 'session'];
          heading = pattern.cloneNode(true);
          heading.firstElementChild.firstChild.textContent = day;
          row.before(heading);
        }
        count += 1;
        if (row.querySelector('details')) noun = 'row';
      }
      finish();
    }
  };

  // -- charts: one crosshair over the stacked plots, drag to zoom, arrow keys to step -----------
  const width = 1000;
  const views = new Map(); // chart id → visible range in seconds; survives replacements
  let dragging = null;

  const elapsed = (seconds) => {
    const whole = Math.floor(seconds);
    const [days, hours] = [Math.floor(whole / 86400), Math.floor(whole / 3600) % 24];
    const [minutes, rest] = [Math.floor(whole / 60) % 60, whole % 60];
    if (days) return `${days}d ${hours}:${two(minutes)}:${two(rest)}`;
    if (hours) return `${hours}:${two(minutes)}:${two(rest)}`;
    return `${minutes}:${two(rest)}`;
  };
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600,
    43200, 86400, 172800, 604800];
  const make = (name, className, text = '') => {
    const element = document.createElement(name);
    if (className) element.className = className;
    element.textContent = text;
    return element;
  };

  const startChart = (box) => {
    const table = document.getElementById(box.dataset.zoom)?.querySelector('table');
    const svgs = all('.plot > svg', box);
    if (!table?.tBodies[0]?.rows.length || !svgs.length) return;
    const names = all('thead th', table).map((cell) => cell.textContent);
    const spans = box.dataset.spans.split(',').map((span) => {
      const [x0, x1, t0, t1] = span.split(' ').map(Number);
      return { x0, x1, t0: t0 / 1000, t1: t1 / 1000 };
    });
    const timeAt = (x) => {
      const span = spans.find((s) => x <= s.x1) ?? spans.at(-1);
      if (x < span.x0 || span.x1 === span.x0) return span.t0;
      return span.t0 + (x - span.x0) / (span.x1 - span.x0) * (span.t1 - span.t0);
    };
    const positionOf = (t) => {
      const span = spans.find((s) => t <= s.t1) ?? spans.at(-1);
      if (t < span.t0 || span.t1 === span.t0) return span.x0;
      return span.x0 + Math.min(1, (t - span.t0) / (span.t1 - span.t0)) * (span.x1 - span.x0);
    };
    let rows = [];
    let positions = [];
    const readRows = () => {
      rows = all('tbody tr', table);
      positions = rows.map((row) => positionOf(Number(row.dataset.at) / 1000));
    };
    readRows();
    box.addEventListener('rows', readRows);

    const overlay = (className) => svgs.map((svg) => {
      const element = make('div', className);
      element.hidden = true;
      svg.parentNode.append(element);
      return element;
    });
    const crosses = overlay('cross');
    const selections = overlay('sel');
    const tip = make('div', 'tip');
    tip.hidden = true;
    tip.setAttribute('role', 'status');
    box.append(tip);
    box.tabIndex = 0;
    box.setAttribute('role', 'group');
    box.setAttribute('aria-label', 'Chart over time. Use the arrow keys to step through it.');

    const panel = box.closest('section');
    const tools = panel.querySelector('[data-scripted]');
    if (tools) tools.hidden = false;
    const hint = panel.querySelector('[data-hint]');
    const reset = panel.querySelector('[data-reset]');
    const spanLink = panel.querySelector('[data-span]');
    const axis = box.querySelector('.x');
    const ownLabels = [...axis.children];
    const marks = all('.runs a, .pin', box).map((element) => ({
      element,
      x: parseFloat(element.style.left) * 10,
      wide: element.style.width ? parseFloat(element.style.width) * 10 : null,
    }));

    let view = [0, width];
    let at = -1;
    let start = null;
    let marked = null; // where Enter was pressed first
    let wasDragged = false;
    const part = (x) => (x - view[0]) / (view[1] - view[0]) * 100;
    const pointed = (event) => {
      const rect = svgs[0].getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width));
      return view[0] + share * (view[1] - view[0]);
    };
    const nearest = (x) => {
      let low = 0;
      let high = positions.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        const between = (positions[middle] + positions[middle + 1]) / 2;
        if (between < x) low = middle + 1; else high = middle;
      }
      return low;
    };

    const show = (index) => {
      at = index;
      const position = index < 0 ? -1 : part(positions[index]);
      const isShown = position >= 0 && position <= 100;
      tip.hidden = !isShown;
      for (const cross of crosses) {
        cross.hidden = !isShown;
        if (isShown) cross.style.left = `${position}%`;
      }
      if (!isShown) return;
      // A ditto mark stands for the cell above, where a percentile is of a wider column.
      const said = (cell, column, row) =>
        cell.textContent === '″' ? said(rows[row - 1].cells[column], column, row - 1) : cell;
      const found = [...rows[index].cells].map((cell, column) => said(cell, column, index));
      const width = found.map((cell) => cell.querySelector('.of')?.textContent ?? '');
      const cells = found.map((cell, column) =>
        cell.textContent.slice(0, cell.textContent.length - width[column].length).trim());
      const lines = [make('b', '', `${cells[0]}, ${cells[1]}`)];
      for (let column = 2; column < cells.length; column += 1) {
        const line = make('div');
        const isValue = column < 2 + Number(box.dataset.values) && box.dataset.unit
          && cells[column] !== '–';
        line.append(
          make('span', '', names[column]),
          make('span', '', cells[column] + (isValue ? ` ${box.dataset.unit}` : '') + width[column]));
        lines.push(line);
      }
      tip.replaceChildren(...lines);
      const plot = svgs[0].getBoundingClientRect();
      const frame = box.getBoundingClientRect();
      const x = plot.left - frame.left + plot.width * position / 100;
      const isRight = x + tip.offsetWidth + 24 > frame.width;
      tip.style.left = `${Math.max(0, isRight ? x - tip.offsetWidth - 12 : x + 12)}px`;
      tip.style.top = '34px';
    };

    const labels = () => {
      const visible = spans.filter((s) => s.x1 >= view[0] && s.x0 <= view[1]);
      const long = visible.find((s) => s.x1 > s.x0);
      if (!long) return [];
      const secondsWide = (view[1] - view[0]) * (long.t1 - long.t0) / (long.x1 - long.x0);
      const step = steps.find((s) => secondsWide / s <= 9) ?? steps.at(-1);
      const found = [];
      const pixels = axis.getBoundingClientRect().width;
      // As AxisLabels: seven pixels a character, and six between.
      const needs = (text) => (text.length * 7 + 6) / pixels * 100;
      for (const span of visible) {
        for (let t = Math.ceil(span.t0 / step) * step; t <= span.t1; t += step) {
          const position = part(positionOf(t));
          if (position < 0 || position > 100) continue;
          const text = elapsed(t);
          if (found.length && position - found.at(-1).position < Math.max(7, needs(text))) continue;
          found.push({ position, text });
        }
      }
      return found.map(({ position, text }) => {
        const label = make('span', '', text);
        label.style.left = `${position}%`;
        return label;
      });
    };

    const origin = Number(box.dataset.origin);
    const moment = (x) => new Date(origin + timeAt(x) * 1000).toISOString();
    // The part in view stands in the address: a reload and whoever gets the link have the same.
    const keepInAddress = (isWhole) => {
      const mark = isWhole ? '' : `#zoom=${view.map(moment).join('/')}`;
      if (isWhole && !location.hash.startsWith('#zoom=')) return;
      history.replaceState(history.state, '', location.pathname + location.search + mark);
    };
    const viewInAddress = () => {
      const ends = /^#zoom=([^/]+)\/([^/]+)$/.exec(location.hash)?.slice(1).map(Date.parse);
      return ends?.every(Number.isFinite) ? ends.map((end) => (end - origin) / 1000) : null;
    };

    const zoom = (from, to) => {
      view = to - from < 4 * width / positions.length ? [0, width] : [from, to];
      const isWhole = view[0] === 0 && view[1] === width;
      for (const svg of svgs) {
        const height = svg.viewBox.baseVal.height;
        svg.setAttribute('viewBox', `${view[0]} 0 ${view[1] - view[0]} ${height}`);
      }
      axis.replaceChildren(...(isWhole ? ownLabels : labels()));
      for (const { element, x, wide } of marks) {
        const left = part(x);
        const right = part(x + (wide ?? 0));
        element.hidden = right < 0 || left > 100;
        element.style.left = `${Math.max(0, left)}%`;
        if (wide !== null) {
          element.style.width = `${Math.min(100, right) - Math.max(0, left)}%`;
        }
      }
      if (isWhole) views.delete(box.id); else views.set(box.id, view.map(timeAt));
      keepInAddress(isWhole);
      if (reset) reset.hidden = isWhole;
      // The same span, with every number of the page recomputed by the server.
      if (spanLink) {
        spanLink.hidden = isWhole;
        spanLink.toggleAttribute('data-key', !isWhole);
        if (!isWhole) {
          spanLink.dataset.key = 'n';
          const address = new URL(location.href);
          address.hash = '';
          address.searchParams.set('from', moment(view[0]));
          address.searchParams.set('to', moment(view[1]));
          address.searchParams.delete('at');
          spanLink.href = address.pathname + address.search;
        }
      }
      if (hint) hint.hidden = !isWhole;
      show(-1);
    };

    if (reset) reset.onclick = () => { zoom(0, width); box.focus(); };
    const select = (event) => [start, pointed(event)].sort((a, b) => a - b);
    box.onpointermove = (event) => {
      if (start !== null) {
        const [from, to] = select(event);
        for (const selection of selections) {
          selection.hidden = false;
          selection.style.left = `${part(from)}%`;
          selection.style.width = `${part(to) - part(from)}%`;
        }
      }
      show(nearest(pointed(event)));
    };
    // A finger leaves with the tap: what it showed stays until the next one, or one elsewhere.
    box.onpointerleave = (event) => {
      if (start === null && event.pointerType === 'mouse') show(-1);
    };
    box.onpointerdown = (event) => {
      if (event.target.closest('a')) return;
      if (event.pointerType !== 'mouse') show(nearest(pointed(event)));
      if (event.pointerType !== 'mouse' || event.button !== 0) return;
      start = pointed(event);
      dragging = box;
      box.setPointerCapture(event.pointerId);
    };
    const drop = () => {
      start = null;
      dragging = null;
      for (const selection of selections) selection.hidden = true;
    };
    box.onpointerup = (event) => {
      if (start === null) return;
      const [from, to] = select(event);
      drop();
      wasDragged = part(to) - part(from) > 1;
      if (wasDragged) zoom(from, to);
    };
    // In a heat map a click pins the column.
    const pin = (index) => {
      const link = index < 0 ? null : rows[index].cells[0].querySelector('a');
      if (link) visit(link.href);
    };
    box.onclick = (event) => {
      if (!wasDragged && !event.target.closest('a')) pin(nearest(pointed(event)));
      wasDragged = false;
    };
    box.onpointercancel = drop;
    box.ondblclick = () => zoom(0, width);
    box.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step) {
        event.preventDefault();
        const next = (at < 0 ? nearest(view[0]) : at) + step * (event.shiftKey ? 10 : 1);
        show(Math.min(positions.length - 1, Math.max(0, next)));
      }
      if (event.key === 'Escape') { marked = null; zoom(0, width); }
      if (event.key === 'Enter' && at >= 0) {
        event.preventDefault();
        if (marked === null) {
          marked = positions[at];
        } else {
          const [from, to] = [marked, positions[at]].sort((a, b) => a - b);
          marked = null;
          if (to > from) { zoom(from, to); spanLink?.focus(); }
        }
      }
      if (event.key === 'p') pin(at);
    };
    box.onblur = () => show(-1);

    const before = views.get(box.id) ?? viewInAddress();
    if (before) zoom(...before.map(positionOf));
  };

  // A list that follows what is typed above it.
  const startFind = (input) => {
    const list = document.getElementById(input.dataset.find);
    input.oninput = () => {
      const word = input.value.toLowerCase();
      for (const item of list.children) item.hidden = !item.textContent.toLowerCase().includes(word);
    };
  };

  const enhance = (within) => {
    for (const button of all('[data-opens], button[data-copies]', within)) button.hidden = false;
    localTimes(within);
    for (const input of all('[data-find]', within)) startFind(input);
    localDays(within);
    for (const box of all('[data-zoom]', within)) startChart(box);
  };

  // -- live: the server sends "version N", the page asks for what has changed of its parts ---------
  const policy = window.trustedTypes?.createPolicy('local-tracker', { createHTML: (text) => text });
  const parse = (text) =>
    new DOMParser().parseFromString(policy ? policy.createHTML(text) : text, 'text/html');

  const isBusy = (element) => {
    if (dragging && element.contains(dragging)) return true;
    // What a person has begun to type.
    if (all('textarea, input', element).some((field) => field.value !== field.defaultValue)) return true;
    const selection = getSelection();
    return Boolean(selection && !selection.isCollapsed && selection.containsNode(element, true));
  };

  // Keeps opened details, scroll positions and focus. What is new is made in between, as it may
  // take rows of the old.
  const replace = (old, makeNew) => {
    const open = all('details[id]', old).filter((d) => d.open).map((d) => d.id);
    const scrolled = [old, ...all('[id]', old)]
      .filter((e) => e.scrollTop || e.scrollLeft)
      .map((e) => [e.id, e.scrollTop, e.scrollLeft]);
    const ticked = all('input:checked', old).map((input) => input.id);
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const key = focused && (focused.id || focused.getAttribute('href'));
    const element = makeNew();
    old.replaceWith(element);
    enhance(wrap(element));
    for (const id of open) document.getElementById(id)?.setAttribute('open', '');
    for (const id of ticked) document.getElementById(id)?.toggleAttribute('checked', true);
    for (const [id, top, left] of scrolled) {
      const target = document.getElementById(id);
      if (target) [target.scrollTop, target.scrollLeft] = [top, left];
    }
    if (!key) return element;
    const again = focused.id
      ? document.getElementById(key)
      : all('a[href]', element).find((a) => a.getAttribute('href') === key);
    again?.focus({ preventScroll: true });
    return element;
  };
  // querySelectorAll excludes the element itself; this includes it.
  const wrap = (element) => ({
    querySelectorAll: (selector) =>
      [...(element.matches(selector) ? [element] : []), ...element.querySelectorAll(selector)],
  });

  // What this page has: its parts, their rows as the server counts them, and the server's name for
  // all of it. Without that name the server sends the whole page.
  const roots = ['side-live', 'page'];
  const rowsOf = new Map(); // part → rows
  const lost = new Set(); // parts that are older than the name says
  let state = null;
  const partsOf = (element) => [...element.children].flatMap((child) =>
    (child.dataset.live === 'parts' ? partsOf(child) : [child]));
  const parts = (within) => roots.map((id) => within.getElementById(id)).filter(Boolean).flatMap(partsOf);
  const know = (part) => rowsOf.set(part.id, all('tr, li', part));
  // Before anything of the page is changed.
  const knowAll = () => {
    state = root.dataset.state ?? null;
    for (const part of parts(document)) know(part);
  };

  // A part may take so much of the connection and of the processor: heavy ones change less often
  // than each second, the more so the more of them there are.
  const bytesASecond = 25_000;
  const weights = new Map(); // part → { bytes, at }
  const weigh = (id, bytes) => weights.set(id, { bytes, at: Date.now() });
  const pause = (id) => {
    const now = Date.now();
    const { bytes, at } = weights.get(id) ?? { bytes: 0, at: 0 };
    let all = 0;
    for (const other of weights.values()) if (now - other.at < 30_000) all += Math.sqrt(other.bytes);
    return at + Math.sqrt(bytes) * all / bytesASecond * 1000 - now;
  };

  const placeRows = (template) => {
    const rows = rowsOf.get(template.dataset.part) ?? [];
    for (const { dataset, content } of template.content.children) {
      const old = rows[dataset.at];
      const fresh = document.importNode(content.firstElementChild, true);
      rows[dataset.at] = old?.isConnected ? replace(old, () => fresh) : fresh;
    }
  };
  const placeWhole = (shown, template) => {
    const rows = rowsOf.get(shown.id) ?? [];
    replace(shown, () => {
      const fresh = document.importNode(template.content.firstElementChild, true);
      const kept = all('template[data-keep]', fresh);
      for (const keep of kept) {
        const [from, to] = keep.dataset.keep.split('-').map(Number);
        keep.replaceWith(...rows.slice(from, to + 1));
      }
      know(fresh);
      return fresh;
    });
  };
  const place = (template) => {
    const id = template.dataset.part;
    const shown = document.getElementById(id);
    if (!shown || isBusy(shown)) {
      lost.add(id);
      return;
    }
    weigh(id, template.innerHTML.length);
    if ('rows' in template.dataset) placeRows(template); else placeWhole(shown, template);
    lost.delete(id);
    for (const box of all('[data-zoom]', document.getElementById(id))) box.dispatchEvent(new Event('rows'));
  };

  // Returns whether the page is now that one.
  const placePage = (fresh) => {
    const names = (within) => parts(within).map((part) => part.id).join();
    const isSame = names(fresh) === names(document);
    const shown = isSame ? parts(document) : roots.map((id) => document.getElementById(id)).filter(Boolean);
    if (!isSame && shown.some(isBusy)) return false;
    lost.clear();
    for (const old of shown) {
      const next = fresh.getElementById(old.id);
      if (!next) continue;
      if (isBusy(old)) {
        lost.add(old.id);
        continue;
      }
      replace(old, () => {
        const element = document.importNode(next, true);
        if (isSame) know(element); else partsOf(element).forEach(know);
        return element;
      });
    }
    return true;
  };

  // Fetches the page, or what has changed of it. Returns the version that it shows, and whether
  // something of it was left for later.
  const update = async (url, later) => {
    const headers = state
      ? { 'x-page-state': state, 'x-page-later': later.join(' '), 'x-page-lost': [...lost].join(' ') } : {};
    const response = await fetch(url, { cache: 'no-store', headers });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const fresh = parse(await response.text());
    const found = fresh.documentElement.dataset;
    if ('changes' in found) {
      for (const template of all('template', fresh)) place(template);
    } else if (!placePage(fresh)) {
      state = null;
      return { isLate: true };
    }
    state = found.state ?? null;
    document.title = fresh.title;
    return { isLate: lost.size > 0 || 'late' in found, version: Number(found.version) };
  };

  // -- another view of the same page, without losing the place in it ------------------------------
  let shownAt = location.pathname + location.search;
  const showPage = async (url) => {
    try {
      history.replaceState(null, '', url);
      shownAt = location.pathname + location.search;
      await update(url, []);
      if (lost.size) throw new Error('something is being typed');
    } catch {
      location.assign(url);
    }
  };
  const visit = (url) => {
    history.pushState(null, '', url);
    showPage(url);
  };
  addEventListener('popstate', () => {
    if (location.pathname + location.search !== shownAt) showPage(location.href);
  });

  // -- ages: "0.5 s ago" goes on while the page is open -----------------------------------------
  // As ClockText.duration says it.
  const age = (milliseconds) => {
    const seconds = Math.max(0, milliseconds) / 1000;
    const whole = Math.round(seconds);
    const joined = (a, unit, b, smaller) => (b ? `${a} ${unit} ${b} ${smaller}` : `${a} ${unit}`);
    if (seconds < 9.95) {
      const tenths = Math.round(seconds * 10);
      return `${Math.floor(tenths / 10)}.${tenths % 10} s`;
    }
    if (whole < 60) return `${whole} s`;
    if (whole < 3600) return joined(Math.floor(whole / 60), 'min', whole % 60, 's');
    if (whole < 86400) return joined(Math.floor(whole / 3600), 'h', Math.floor(whole / 60) % 60, 'min');
    const days = Math.floor(whole / 86400);
    return joined(days, days < 2 ? 'day' : 'days', Math.floor(whole / 3600) % 24, 'h');
  };
  const ages = () => {
    for (const element of all('[data-age]')) {
      element.textContent = age(Date.now() - Number(element.dataset.age));
    }
  };

  // -- the stream of versions: one for all windows, as browsers allow six connections a server ---
  const openStream = (url, deliver) => {
    const name = 'local-tracker-live';
    const retry = 5000; // after an answer that EventSource does not repeat by itself
    let source = null;
    let retryTimer = null;
    let last = null; // what was delivered last, for a window that asks
    let leave = null; // gives the lock back
    let waiting = null; // ends the wait for it
    let channel = null;

    const tell = (state) => {
      last = state;
      deliver(state);
      channel?.postMessage({ state });
    };
    const stop = () => {
      source?.close();
      source = null;
      clearTimeout(retryTimer);
      retryTimer = null;
    };
    const start = () => {
      source = new EventSource(url);
      source.onopen = () => tell({ ...last, isOpen: true });
      const onData = (event) => {
        let data;
        try { data = JSON.parse(event.data); } catch { return; }
        tell({ ...last, ...data, isOpen: true });
      };
      source.onmessage = onData;
      source.addEventListener('beat', onData);
      source.onerror = () => {
        tell({ ...last, isOpen: false });
        if (source?.readyState !== EventSource.CLOSED) return;
        stop();
        retryTimer = setTimeout(start, retry);
      };
    };
    // The window with the lock has the stream, and tells the others.
    const open = () => {
      if (source || retryTimer || waiting) return;
      if (!navigator.locks || typeof BroadcastChannel !== 'function') {
        start();
        return;
      }
      channel = new BroadcastChannel(name);
      channel.onmessage = ({ data }) => {
        if (data.isAsking) {
          if (leave && last) channel.postMessage({ state: last });
        } else if (data.state && !leave) {
          last = data.state;
          deliver(data.state);
        }
      };
      waiting = new AbortController();
      navigator.locks.request(name, { signal: waiting.signal }, () => new Promise((resolve) => {
        leave = resolve;
        start();
      })).catch(() => { /* The wait was ended: this window is hidden. */ });
      channel.postMessage({ isAsking: true });
    };
    const close = () => {
      stop();
      leave?.();
      leave = null;
      waiting?.abort();
      waiting = null;
      channel?.close();
      channel = null;
    };
    return { open, close };
  };

  const startLive = (url) => {
    const interval = 1000; // at most one fetch a second
    let version = Number(root.dataset.version);
    let wanted = version;
    let timer = null;
    let fetchedAt = 0;
    let lostAt = null;
    let failedAt = null;

    const note = make('p', 'offline');
    note.setAttribute('role', 'status');
    note.hidden = true;
    // Not read aloud each second.
    const since = make('span');
    since.setAttribute('aria-hidden', 'true');
    note.append('Connection lost', since, ', retrying. The page may be out of date.');
    document.body.append(note);
    const tick = () => {
      if (document.hidden) return;
      ages();
      const from = lostAt ?? failedAt;
      note.hidden = from === null;
      since.textContent = from === null ? '' : ` ${age(Math.round((Date.now() - from) / 1000) * 1000)} ago`;
    };
    setInterval(tick, 1000);

    const refresh = async () => {
      timer = null;
      if (document.hidden) return;
      fetchedAt = Date.now();
      const asked = wanted;
      try {
        const all = parts(document);
        const later = all.filter((part) => pause(part.id) > 0 || isBusy(part)).map((part) => part.id);
        const found = await update(location.href, later);
        version = found.version ?? version;
        failedAt = null;
        tick();
        if (found.isLate) schedule(Math.min(10 * interval, ...later.map(pause).filter((ms) => ms > 0)));
        else if (wanted !== asked) schedule();
      } catch {
        failedAt ??= Date.now();
        tick();
        schedule(5 * interval);
      }
    };
    const schedule = (least = 0) => {
      if (timer !== null || document.hidden) return;
      timer = setTimeout(refresh, Math.max(least, fetchedAt + interval - Date.now()));
    };
    const stream = openStream(url, (state) => {
      lostAt = state.isOpen ? null : lostAt ?? Date.now();
      if (state.indexed_at_ms) {
        for (const element of all('[data-age]')) element.dataset.age = state.indexed_at_ms;
      }
      tick();
      if (state.version === undefined) return;
      wanted = Number(state.version);
      if (wanted !== version) schedule();
    });
    const close = () => {
      stream.close();
      clearTimeout(timer);
      timer = null;
    };
    // A hidden page leaves the stream to the others.
    document.addEventListener('visibilitychange', () => (document.hidden ? close() : stream.open()));
    addEventListener('pagehide', close);
    addEventListener('pageshow', () => { if (!document.hidden) stream.open(); });
    if (!document.hidden) stream.open();
  };

  // -- the palette: what the server offers on this page, and what the page itself holds ---------
  const startPalette = () => {
    const palette = document.getElementById('palette');
    const keys = document.getElementById('keys');
    if (!palette?.showModal) return;
    const input = document.getElementById('palette-q');
    const list = document.getElementById('palette-list');
    const none = document.getElementById('palette-none');
    const mostFound = 200; // more are found by typing in the list's own filter
    const words = (element) => element.textContent.replace(/\s+/g, ' ').trim();

    const item = (text, note, run) => {
      const button = make('button', '', text);
      button.type = 'button';
      if (note) button.append(make('small', '', note));
      button.addEventListener('click', () => {
        palette.close();
        run();
      });
      const entry = make('li', 'own');
      entry.append(button);
      return entry;
    };
    // A form is not sent from here: what it asks for has the focus, or its button.
    const reach = (button) => {
      const form = button.form;
      for (let box = button.closest('details'); box; box = box.parentElement.closest('details')) box.open = true;
      const field = form && [...form.elements].find((e) => e.matches('input:not([type=hidden]), select, textarea'));
      const target = field && form.method === 'post' ? field : button;
      target.scrollIntoView({ block: 'center' });
      target.focus();
    };
    const found = () => {
      const main = document.getElementById('main');
      const rows = [];
      const seen = new Set();
      const add = (text, note, run) => {
        if (!text || seen.has(text + note) || rows.length >= mostFound) return;
        seen.add(text + note);
        rows.push(item(text, note, run));
      };
      for (const button of all('button[type=submit]', main)) {
        add(button.getAttribute('aria-label') ?? words(button), 'on this page', () => reach(button));
      }
      const named = (link) => link.getAttribute('aria-label') ?? words(link);
      const linked = '[data-key], a.btn, a.link, a.tag, .panel > header a, nav a, thead a, summary, #runs-table th a';
      for (const link of all(linked, main)) {
        if (link.closest('.as')) continue;
        const group = link.closest('nav')?.getAttribute('aria-label');
        add(named(link), link.dataset.key ?? group ?? 'on this page', () => link.click());
      }
      for (const heading of all('h2[id]', main)) {
        add(words(heading), 'section', () => {
          heading.scrollIntoView({ block: 'start' });
          heading.tabIndex = -1;
          heading.focus({ preventScroll: true });
        });
      }
      for (const link of all('#side-list a')) {
        add(words(link.querySelector('b') ?? link), 'session', () => link.click());
      }
      for (const link of all('.as a, .as summary', main)) {
        add(named(link), 'on this page', () => (link.matches('summary') ? reach(link) : link.click()));
      }
      return rows;
    };
    const choices = () => all('li:not([hidden]) > *', list);
    const filter = () => {
      const wanted = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const entry of list.children) {
        const text = entry.textContent.toLowerCase();
        entry.hidden = !wanted.every((word) => text.includes(word));
      }
      none.textContent = choices().length ? '' : 'Nothing here is called that. Enter searches the sessions.';
    };
    const open = () => {
      if (palette.open) return;
      keys.close();
      for (const own of all('li.own', list)) own.remove();
      list.append(...found());
      input.value = '';
      filter();
      palette.showModal();
      input.focus();
    };
    input.oninput = filter;
    palette.onkeydown = (event) => {
      const at = choices().indexOf(document.activeElement);
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (step) {
        event.preventDefault();
        (choices()[at + step] ?? (step < 0 ? input : null))?.focus();
      } else if (event.key === 'Enter' && at < 0) {
        event.preventDefault();
        const [first] = choices();
        if (first) first.click(); else location.href = `/?q=${encodeURIComponent(input.value)}`;
      } else if (event.key.length === 1 && at >= 0 && event.key !== ' ' && !event.ctrlKey && !event.metaKey) {
        input.focus();
      }
    };
    list.addEventListener('click', (event) => {
      const does = event.target.closest('[data-does]')?.dataset.does;
      if (!does) return;
      palette.close();
      if (does === 'theme') document.querySelector('[data-theme-toggle]')?.click();
      if (does === 'keys') showKeys();
    });
    // A click beside a dialog closes it.
    for (const dialog of [palette, keys]) {
      dialog.addEventListener('click', (event) => {
        if (event.target === dialog || event.target.closest('[data-closes]')) dialog.close();
      });
    }
    // Only keys that have something to do on this page are named.
    const showKeys = () => {
      if (keys.open) return;
      for (const row of all('[data-needs]', keys)) row.hidden = !document.querySelector(row.dataset.needs);
      keys.showModal();
    };
    const opened = { palette: open, keys: showKeys };
    document.addEventListener('click', (event) => {
      opened[event.target.closest?.('[data-opens]')?.dataset.opens]?.();
    });
    addEventListener('keydown', (event) => {
      if (event.key.toLowerCase() !== 'k' || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      open();
    });
    return opened.keys;
  };

  // j and k go from row to row of the list, x ticks the one with the focus.
  const stepInList = (key) => {
    const rows = all('main .ses tbody th > a').filter((link) => link.offsetParent);
    const at = rows.findIndex((link) => link.closest('tr').contains(document.activeElement));
    if (key === 'x') {
      const tick = rows[at]?.closest('tr').querySelector('input');
      tick?.click();
      return Boolean(tick);
    }
    const step = { j: 1, k: -1 }[key];
    if (!step || !rows.length) return false;
    rows[Math.min(rows.length - 1, Math.max(0, at + step))].focus();
    return true;
  };

  // 1, 2 and 3 lead to the same selection over time, as a distribution, and beside another one.
  const panelsByKey = { 1: ['over-time', 'aligned'], 2: ['distribution', 'curve'], 3: ['forest'] };
  const stepToView = (key) => {
    const panel = panelsByKey[key]?.map((id) => document.getElementById(id)).find(Boolean);
    if (panel) {
      panel.tabIndex = -1;
      panel.focus({ preventScroll: true });
      panel.scrollIntoView();
    } else if (key === '3') {
      document.querySelector('[data-key="c"]')?.click();
    }
    return Boolean(panel);
  };

  document.addEventListener('DOMContentLoaded', () => {
    knowAll();
    startTheme();
    enhance(document);
    const showKeys = startPalette();
    addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      // The field of a dialog that has just closed may have the focus for a moment longer.
      if (event.target.closest('input, textarea, select')?.closest('dialog:not([open])') === null) return;
      if (event.key === '/') {
        event.preventDefault();
        (document.getElementById('q') ?? document.getElementById('side-q'))?.focus();
        return;
      }
      if (event.key === '?' && showKeys) {
        showKeys();
        return;
      }
      if (document.querySelector('dialog[open]') || stepInList(event.key) || stepToView(event.key)) return;
      // A link or button with this key, if the page has one.
      all('[data-key]').find((element) => element.dataset.key === event.key)?.click();
    });
    // A command, or the text behind a link, goes to the clipboard. Where a page may not write
    // there, the command is selected, and the text opened.
    addEventListener('click', async (event) => {
      const copier = event.target.closest?.('[data-copies]');
      if (!copier || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const command = copier.previousElementSibling;
      try {
        const text = copier.href
          ? await fetch(copier.href).then((reply) => reply.ok ? reply.text() : Promise.reject(reply))
          : command.textContent;
        await navigator.clipboard.writeText(text);
        copier.textContent = 'Copied';
      } catch {
        if (copier.href) location.assign(copier.href);
        else getSelection().selectAllChildren(command);
      }
    });
    // A frame of a flame graph gets the whole width; the table below has the same as links.
    addEventListener('click', (event) => {
      const frame = event.target.closest?.('.flame [data-node]');
      if (!frame) return;
      const address = new URL(location.href);
      address.searchParams.set('node', frame.dataset.node);
      location.assign(address);
    });
    if (root.dataset.liveUrl) startLive(root.dataset.liveUrl);
  });
})();
