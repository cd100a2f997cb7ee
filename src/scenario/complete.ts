/**
 * Defaults that depend on other values: what the schema cannot fill in by itself.
 *
 * The result is still in the words of the file, because it is what a run shows and stores.
 */

import type { DurationWord } from '../yaml/quantity-words.js';
import { defaultAddress } from './rules/recipients.js';
import type { TimeoutKey } from './schema/client.js';
import type { ExecutorWords, RecipientWords, ScenarioWords } from './schema/schema.js';
import type { Targets } from './targets.js';

export type TimeoutWords = Readonly<Record<TimeoutKey, DurationWord>>;

/** Short enough to see a stuck server within a run. */
const DEFAULT_TIMEOUTS: TimeoutWords = {
  connect: '10s',
  tls: '30s',
  greeting: '30s',
  command: '30s',
  auth: '30s',
  dataInitiation: '30s',
  dataBlock: '30s',
  dataTermination: '60s',
  quit: '5s',
};

/** RFC 5321 §4.5.3.2.1–6; it names none for connecting, TLS, AUTH and QUIT: they get that of the greeting. */
export const RFC5321_TIMEOUTS: TimeoutWords = {
  connect: '5m',
  tls: '5m',
  greeting: '5m',
  command: '5m',
  auth: '5m',
  dataInitiation: '2m',
  dataBlock: '3m',
  dataTermination: '10m',
  quit: '5m',
};

export type CompleteWords = ScenarioWords & {
  readonly name: string;
  readonly seed: number;
  readonly target: { readonly tls: { readonly mode: NonNullable<ScenarioWords['target']['tls']['mode']> } };
  readonly client: { readonly timeouts: 'rfc5321' | TimeoutWords };
};

export function completeWords(
  words: ScenarioWords,
  target: Targets,
  missing: { readonly name: string; readonly drawSeed: () => number },
): CompleteWords {
  const mode = words.target.tls.mode ?? (target.scheme === 'smtps' ? 'implicit' : 'none');
  const { name, seed, ...rest } = words;
  return {
    name: name ?? missing.name,
    seed: seed ?? missing.drawSeed(),
    ...rest,
    target: { ...completeUrl(words.target), tls: { ...words.target.tls, mode } },
    client: { ...words.client, timeouts: completeTimeouts(words.client.timeouts) },
    envelope: { ...words.envelope, to: completeRecipients(words.envelope.to) },
    scenarios: Object.fromEntries(
      Object.entries(words.scenarios).map(([name, spec]) => [name, completeExecutor(spec)]),
    ),
  };
}

/** Shown first, as people write it. */
function completeUrl(target: ScenarioWords['target']): ScenarioWords['target'] {
  const { url, urls, ...rest } = target;
  return urls === undefined ? { url: url ?? 'embedded', ...rest } : { urls, ...rest };
}

function completeTimeouts(words: ScenarioWords['client']['timeouts']): 'rfc5321' | TimeoutWords {
  if (words === 'rfc5321') return words;
  const given = Object.entries(words ?? {}).filter(([, word]) => word !== undefined);
  return { ...DEFAULT_TIMEOUTS, ...(Object.fromEntries(given) as Partial<TimeoutWords>) };
}

function completeRecipients(to: ScenarioWords['envelope']['to']): ScenarioWords['envelope']['to'] {
  if (typeof to === 'string') return to;
  return Array.isArray(to) ? to.map(completeRecipient) : completeRecipient(to);
}

function completeRecipient(entry: RecipientWords): RecipientWords {
  if (entry.file !== undefined) return entry;
  const { weight, address, ...rest } = entry;
  return { weight, address: address ?? defaultAddress(entry.domains), ...rest };
}

function completeExecutor(spec: ExecutorWords): ExecutorWords {
  if (!('preAllocatedVUs' in spec)) return spec;
  const withVus = { ...spec, maxVUs: spec.maxVUs ?? spec.preAllocatedVUs };
  if (withVus.executor !== 'ramping-arrival-rate' || withVus.stages === undefined) return withVus;
  return { ...withVus, startRate: withVus.startRate ?? 0 };
}
