/**
 * Theme: the colours of the page as the charts need them, read from its style sheet.
 *
 * The files of this folder are plain scripts in one scope (page-assets.ts joins them): no import, no export.
 */
interface Theme {
  readonly ink: string;
  readonly muted: string;
  readonly line: string;
  readonly shade: string;
  readonly blue: string;
  readonly orange: string;
  readonly teal: string;
  readonly violet: string;
  readonly grey: string;
  readonly font: string;
}

/** The colours in force now: light, dark or for print. */
// biome-ignore lint/correctness/noUnusedVariables: page.ts calls it; these scripts share one scope.
function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: read('ink'),
    muted: read('muted'),
    line: read('line'),
    shade: read('shade'),
    blue: read('blue'),
    orange: read('orange'),
    teal: read('teal'),
    violet: read('violet'),
    grey: read('grey'),
    font: `12px ${read('sans')}`,
  };
}
