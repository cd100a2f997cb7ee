/**
 * Page assets: the scripts and styles that report.html carries inside itself.
 *
 * The only file of report/ that reads files: uPlot as its package ships it, and our page scripts as compiled next to
 * this module. They are plain scripts that share one scope, so they are joined in a fixed order.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface PageAssets {
  readonly script: string;
  readonly style: string;
}

const PAGE_SCRIPTS = ['theme', 'annotations', 'charts', 'page'] as const;

export function loadPageAssets(): PageAssets {
  const require = createRequire(import.meta.url);
  const uplot = (file: string) => readFileSync(require.resolve(`uplot/dist/${file}`), 'utf8');
  const page = PAGE_SCRIPTS.map((name) =>
    readFileSync(new URL(`./page/${name}.js`, import.meta.url), 'utf8'),
  );
  return {
    script: `${uplot('uPlot.iife.min.js')}\n(() => {\n${page.join('\n')}\n})();\n`,
    style: uplot('uPlot.min.css'),
  };
}
