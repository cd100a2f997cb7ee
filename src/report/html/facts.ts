/**
 * Facts: labels and values as a definition list.
 */
import { type Insert, type Markup, markup } from './markup.js';

export type Fact = readonly [label: string, value: Insert];

export function facts(pairs: readonly Fact[]): Markup {
  return markup`<dl class="facts">${pairs.map(
    ([label, value]) => markup`<div><dt>${label}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}
