/**
 * Page: one HTML file that needs no network and, but for its charts, no script.
 *
 * A content security policy allows exactly the script and the style sheet inside the file, by digest, and no request of
 * any kind; so even a reply that slipped through the escaping could neither run nor call home. Pure.
 */
import { createHash } from 'node:crypto';
import { scriptJson } from '../escape.js';
import type { PageAssets } from '../page-assets.js';
import { type Insert, markup, trusted } from './markup.js';
import { STYLE } from './style.js';

export interface PageContent {
  readonly title: string;
  /** Of mailbench. */
  readonly version: string;
  /** Id of the section that matters, and what a screen reader is offered. */
  readonly skipTo: readonly [id: string, text: string];
  readonly footer: string;
  readonly main: Insert;
  /** For charts that are drawn; null: there are none. `data` is foreign, and escaped here. */
  readonly assets: (PageAssets & { readonly data: unknown }) | null;
}

export function page({ title, version, skipTo: [id, text], footer, main, assets }: PageContent): string {
  const style = inlined(`${assets?.style ?? ''}\n${STYLE}`);
  const script = assets === null ? null : inlined(assets.script);
  const policy = [
    "default-src 'none'",
    ...(script === null ? [] : [`script-src '${digest(script)}'`]),
    `style-src '${digest(style)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${trusted(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="mailbench ${version}">
<title>${title} – mailbench</title>
<style>${trusted(style)}</style>
</head>
<body>
<a class="skip" href="#${id}">${text}</a>
<main>
${main}
</main>
<footer>mailbench ${version} · <code>${footer}</code></footer>
${
  assets !== null &&
  script !== null &&
  markup`<script type="application/json" id="data">${trusted(scriptJson(assets.data))}</script>
<script>${trusted(script)}</script>
`
}</body>
</html>
`.markup;
}

/** Source that cannot end the element it stands in. */
function inlined(source: string): string {
  return source.replace(/<(?=\/(script|style)|!--)/gi, '\\x3c');
}

function digest(source: string): string {
  return `sha256-${createHash('sha256').update(source).digest('base64')}`;
}
