/**
 * Rules about attachments: where their content comes from, and in how many combinations they can occur.
 *
 * Each combination of those that are drawn is composed before the run, so there can be few of them.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import { toShare } from '../../yaml/quantity-words.js';
import type { Partly } from '../check-words.js';
import type { TemplateWords } from '../schema/schema.js';
import type { Report } from './rule.js';
import { checkControlCharacters } from './texts.js';

const MAX_DRAWN = 6;

export function checkAttachments(template: Partly<TemplateWords>, path: KeyPath, report: Report): void {
  const { html, attachments = [] } = template;
  for (const [index, attachment] of attachments.entries()) {
    if (attachment === undefined) continue;
    const { filename, cid } = attachment;
    const at = [...path, index];
    checkContent(attachment, at, report);
    if (filename !== undefined) checkControlCharacters(filename, [...at, 'filename'], report);
    if (cid !== undefined && html === undefined) {
      const hint = 'Add `html:` with an `<img src="cid:…">`, or leave cid out.';
      const resting = report.restingOn([...path.slice(0, -1), 'html']);
      resting([...at, 'cid'], 'SCENARIO_ATTACHMENT', 'is for html to show, and there is none', hint);
    }
  }
  const drawn = attachments.filter((one) => one !== undefined && isDrawn(one.probability));
  if (drawn.length <= MAX_DRAWN) return;
  const message = `are drawn in ${2 ** drawn.length} combinations, and each has to be composed`;
  report(path, 'SCENARIO_ATTACHMENT', message, `Give at most ${MAX_DRAWN} of them a probability.`);
}

export function isAlways(probability: string | number | undefined): boolean {
  return probability === undefined || toShare(probability) === 1;
}

function isDrawn(probability: string | number | undefined): boolean {
  return !isAlways(probability) && toShare(probability ?? 1) > 0;
}

function checkContent(
  { path: file, size }: { readonly path?: unknown; readonly size?: unknown },
  at: KeyPath,
  report: Report,
): void {
  if ((file === undefined) !== (size === undefined)) return;
  const message = file === undefined ? 'has neither a path nor a size' : 'has both a path and a size';
  report.restingOn([...at, 'path'], [...at, 'size'])(
    at,
    'SCENARIO_ATTACHMENT',
    message,
    'Add the file to attach, e.g. `path: invoice.pdf`, or `size: 200KiB` to have one made.',
  );
}
