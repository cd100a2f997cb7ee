/**
 * Rules about the encoding of a template's texts: what cannot be sent with the one that was asked for.
 *
 * 7bit and 8bit send a text as it stands, so its lines have to fit (RFC 2045 §2.7, §2.8: 998 octets), and base64 hides
 * a number that is filled in later.
 */
import type { KeyPath } from '../../yaml/key-path.js';
import type { Partly } from '../check-words.js';
import type { TemplateWords } from '../schema/schema.js';
import { entriesOf, type PartlyWords, type Report } from './rule.js';

const MAX_LINE_BYTES = 998;

export function checkEncoding(template: Partly<TemplateWords>, path: KeyPath, report: Report): void {
  const { encoding = 'auto' } = template;
  for (const key of ['text', 'html'] as const) {
    const text = template[key];
    const why = typeof text === 'string' ? misfit(text, encoding) : null;
    if (why === null) continue;
    report(
      [...path, key],
      'SCENARIO_ENCODING',
      `cannot be sent as ${encoding}: ${why}`,
      'Use `encoding: quoted-printable`, or leave it out.',
    );
  }
}

/** Binary content needs BODY=BINARYMIME, which needs chunking (RFC 3030 §3). */
export function checkBinary(words: PartlyWords, report: Report): void {
  if (words.envelope?.body === 'binarymime') return;
  for (const [index, message] of entriesOf(words).entries()) {
    const { encoding, attachments = [] } = message?.template ?? {};
    const paths = [
      ...(encoding === 'binary' ? [['encoding']] : []),
      ...attachments.flatMap((one, at) =>
        one?.encoding === 'binary' ? [['attachments', at, 'encoding']] : [],
      ),
    ];
    for (const path of paths)
      report.restingOn(['envelope', 'body'])(
        ['messages', index, 'template', ...path],
        'SCENARIO_ENCODING',
        'is binary, which only BINARYMIME allows (RFC 3030 §3)',
        'Set `body: binarymime` under envelope and `chunking: true` under client.',
      );
  }
}

function misfit(text: string, encoding: string): string | null {
  if (encoding === 'base64') return text.includes('{{seq}}') ? '{{seq}} could not be filled in' : null;
  if (encoding !== '7bit' && encoding !== '8bit') return null;
  if (encoding === '7bit' && /[^\0-\x7f]/.test(text)) return 'it is not all ASCII';
  if (text.includes('\0')) return 'it holds a NUL';
  const isTooLong = text.split(/\r\n?|\n/).some((line) => Buffer.byteLength(line) > MAX_LINE_BYTES);
  return isTooLong ? `a line is over ${MAX_LINE_BYTES} bytes` : null;
}
