/**
 * The corpora of a scenario, looked through before anything is sent: what they hold, and what is to be warned of.
 */
import { type CorpusFacts, CorpusIndex } from '../message/corpus/corpus-index.js';
import { bytes, count } from '../report/format.js';
import type { CorpusMessages, MessageEntry, Scenario } from '../scenario/scenario.js';
import { withEach } from '../scenario/settings.js';

export interface Corpora {
  /** With the digest of each corpus, so that what is sent is what was looked through. */
  readonly scenario: Scenario;
  /** A line for each. */
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** Reads every file of every corpus. Throws UsageError where one cannot be sent. */
export function inspectCorpora(scenario: Scenario): Corpora {
  const lines: string[] = [];
  const warnings: string[] = [];
  const lookThrough = (entry: MessageEntry): MessageEntry => {
    if (entry.kind !== 'corpus') return entry;
    const { facts } = CorpusIndex.of(entry);
    lines.push(lineOf(entry, facts));
    warnings.push(...warningsOf(entry, facts));
    return { ...entry, digest: facts.digest };
  };
  const inspected = withEach(scenario, 'messages', (messages) => messages.map(lookThrough));
  return { scenario: inspected, lines, warnings };
}

function lineOf({ path }: CorpusMessages, facts: CorpusFacts): string {
  const messages = facts.messages === 1 ? '1 message' : `${count(facts.messages)} messages`;
  return `corpus ${path} (${facts.format}): ${messages}, ${bytes(facts.bytes)}, the largest ${bytes(facts.largestBytes)}`;
}

function warningsOf(
  { path, messageId }: CorpusMessages,
  { messages, signed }: CorpusFacts,
): readonly string[] {
  if (messageId === 'keep' || signed === 0) return [];
  return [
    `${count(signed)} of ${count(messages)} messages of the corpus ${path} are signed with DKIM over their Message-ID, which is ` +
      'replaced: their signatures will fail. Set `messageId: keep` where receivers check them; they may then drop repeats.',
  ];
}
