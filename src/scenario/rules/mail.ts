/**
 * Rules about messages: that each is of one kind, and expectations that cannot come true. Sizes and templates have files of their own.
 */

import type { KeyPath } from '../../yaml/key-path.js';
import type { Partly } from '../check-words.js';
import type { ExpectationWords, MessageWords } from '../schema/schema.js';
import { checkBinary } from './encoding.js';
import { entriesOf, type PartlyWords, type Report } from './rule.js';
import { checkSize } from './sizes.js';
import { checkTemplate } from './template.js';

export function mailProblems(words: PartlyWords, report: Report): void {
  const messages = entriesOf(words);
  for (const [index, message] of messages.entries()) {
    if (message !== undefined) checkMessage(message, ['messages', index], report);
  }
  checkBinary(words, report);
  checkWeights(messages, ['messages'], report);
}

/** A mix needs something to draw. */
export function checkWeights(
  entries: readonly ({ readonly weight?: number | undefined } | undefined)[],
  path: KeyPath,
  report: Report,
): void {
  const hasWeight = entries.some((entry) => entry === undefined || (entry.weight ?? 1) > 0);
  if (entries.length === 0 || hasWeight) return;
  report(path, 'SCENARIO_WEIGHTS', 'has no entry with a weight above 0', 'Give one of them `weight: 1`.');
}

export function checkExpectation(
  expect: Partly<ExpectationWords> | undefined,
  path: KeyPath,
  report: Report,
): void {
  if (expect === undefined || typeof expect === 'string') return;
  const { outcome, code, enhanced } = expect;
  const isSuccess = code !== undefined ? code < 400 : enhanced?.startsWith('2');
  const isRefusal = isSuccess === undefined ? expect.class !== undefined : !isSuccess;
  if (outcome === 'accepted' && isRefusal) {
    report(path, 'SCENARIO_EXPECT', 'wants accepted and a refusal at once', 'Write `outcome: rejected`.');
  }
  if (outcome === 'rejected' && isSuccess === true) {
    report(
      path,
      'SCENARIO_EXPECT',
      'wants rejected and a success code at once',
      'Write `outcome: accepted`.',
    );
  }
  if (outcome === 'failed' && (code ?? enhanced) !== undefined) {
    report(
      path,
      'SCENARIO_EXPECT',
      'wants failed, which is no reply at all, and a reply code at once',
      'Leave the code out.',
    );
  }
  if (code !== undefined && enhanced !== undefined && String(code)[0] !== enhanced[0]) {
    report(
      path,
      'SCENARIO_EXPECT',
      `wants code ${code} and enhanced status ${enhanced} of another class`,
      'Both must begin with the same digit.',
    );
  }
}

function checkMessage(message: Partly<MessageWords>, path: KeyPath, report: Report): void {
  const { size, template } = message;
  checkKind(message, path, report);
  if (size !== undefined) checkSize(size, [...path, 'size'], report);
  if (template !== undefined) checkTemplate(template, [...path, 'template'], report);
  checkExpectation(message.expect, [...path, 'expect'], report);
}

const KINDS = ['size', 'template', 'corpus'] as const;

function checkKind(message: Partly<MessageWords>, path: KeyPath, report: Report): void {
  const given = KINDS.filter((kind) => message[kind] !== undefined);
  if (given.length !== 1) {
    const has = given.length === 0 ? 'none of size, template and corpus' : given.join(' and ');
    report.restingOn(...KINDS.map((kind) => [...path, kind]))(
      path,
      'SCENARIO_MESSAGE_KIND',
      `has ${has}, and needs exactly one`,
      'Write e.g. `size: 12KiB`.',
    );
  }
  const isSigned = message.dkim !== undefined && message.dkim !== false;
  if (message.corpus !== undefined && isSigned) {
    const hint = 'Leave it out: a corpus goes out as it is.';
    report([...path, 'dkim'], 'SCENARIO_MESSAGE_KIND', 'cannot sign a corpus', hint);
  }
}
