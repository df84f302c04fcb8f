// What the tests of the console ask of a page, inside of it.
globalThis.inPage = (() => {
  const texts = (root, selector) => [...root.querySelectorAll(selector)].map((one) => one.textContent);

  const rowsOf = (root) => [...root.querySelectorAll('tbody tr')].map((row) => texts(row, 'th, td'));

  /** Whether something of a colour was painted, however transparent. */
  const colorsIn = (canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const found = new Set();
    for (let i = 0; i < data.length; i += 4)
      if (data[i + 3] > 30) found.add(`${data[i] >> 4},${data[i + 1] >> 4},${data[i + 2] >> 4}`);
    return found;
  };
  const rgb = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
  const isPainted = (colors, color) => {
    const [r, g, b] = rgb(color).map((part) => part >> 4);
    const near = [-1, 0, 1];
    return near.some((x) => near.some((y) => near.some((z) => colors.has(`${r + x},${g + y},${b + z}`))));
  };

  const panelFacts = (panel) => {
    const canvas = panel.querySelector('canvas');
    const colors = canvas === null ? new Set() : colorsIn(canvas);
    const swatches = [...panel.querySelectorAll('.legend .swatch')].map(
      (swatch) => getComputedStyle(swatch).backgroundColor,
    );
    return {
      id: Number(panel.dataset.panel),
      title: panel.querySelector('h2').textContent,
      notice: panel.querySelector('.panel-notice').hidden
        ? ''
        : panel.querySelector('.panel-notice').textContent,
      nothing: panel.querySelector('.nothing')?.textContent ?? '',
      stat: panel.querySelector('.stat-value')?.textContent ?? '',
      gauges: [...panel.querySelectorAll('.gauge')].map((gauge) => texts(gauge, '.gauge-name, .gauge-value')),
      rows: rowsOf(panel.querySelector('.panel-body')),
      colors: colors.size,
      series: swatches.length,
      painted: swatches.filter((color) => isPainted(colors, color)).length,
    };
  };

  /** What the panel must say of a result, by the page's own formats. */
  const expected = async (panel, table) => {
    const { formatValue } = await import('/assets/lib/units.js');
    const { fieldOf, statValue } = await import('/assets/lib/series.js');
    const { printable } = await import('/assets/lib/printable.js');
    const unit = (name, kind) => {
      const field = fieldOf(panel, name);
      return kind === 'time' && panel.overrides[name]?.unit === undefined
        ? { ...field, unit: 'dateTimeAsLocal' }
        : field;
    };
    const found = statValue(table);
    return {
      stat: formatValue(found.value, fieldOf(panel, found.column)),
      rows: table.rows.map((row) =>
        row.map((cell, n) => {
          const { name, kind } = table.columns[n];
          const field = unit(name, kind);
          if (kind !== 'text') return formatValue(cell, field);
          return cell === null || cell === '' ? (field.noValue ?? '–') : printable(String(cell));
        }),
      ),
    };
  };

  const isShown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  const luminance = (color) => {
    const [r, g, b] = rgb(color).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const color = getComputedStyle(one).backgroundColor;
      const alpha = rgb(color)[3] ?? 1;
      if (alpha > 0.99) return color;
    }
    return 'rgb(255, 255, 255)';
  };

  /** Texts with less contrast to what is behind them than WCAG 2.2 AA wants (4.5 to 1); what is disabled may have less. */
  const paleTexts = () =>
    [...document.body.querySelectorAll('*')]
      .filter((element) =>
        [...element.childNodes].some(
          (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim() !== '',
        ),
      )
      .filter((element) => isShown(element) && element.closest(':disabled, noscript, .is-stale') === null)
      .flatMap((element) => {
        const [a, b] = [luminance(getComputedStyle(element).color), luminance(backgroundOf(element))];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return ratio >= 4.5 ? [] : [`${element.textContent.slice(0, 40)}: ${ratio.toFixed(2)}`];
      });

  /** Controls that a screen reader could not name. */
  const nameless = () =>
    [...document.querySelectorAll('a[href], button, input, select, textarea, [role=img], [tabindex="0"]')]
      .filter(isShown)
      .filter(
        (element) =>
          (element.getAttribute('aria-label') ?? '') === '' &&
          element.textContent.trim() === '' &&
          (element.labels?.length ?? 0) === 0 &&
          element.querySelector('img[alt]:not([alt=""])') === null,
      )
      .map((element) => element.outerHTML.slice(0, 120));

  return {
    panels: () => [...document.querySelectorAll('.panel')].map(panelFacts),
    expected,
    rows: (selector) => rowsOf(document.querySelector(selector)),
    paleTexts,
    nameless,
    isWider: () => document.documentElement.scrollWidth > innerWidth,
    isBusy: () => document.querySelector('[aria-busy=true]') !== null,
    hacked: () =>
      [...document.querySelectorAll('img, script, iframe, object, style')].filter(
        (one) => one.closest('.top') === null && one.closest('head') === null,
      ).length + (globalThis.hacked ?? 0),
    scriptBytes: () =>
      performance
        .getEntriesByType('resource')
        .filter(({ name }) => name.endsWith('.js'))
        .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0),
  };
})();
