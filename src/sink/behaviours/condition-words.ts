/** From the words under `when` to conditions. */
import { toBytes, toMs, toShare } from '../../yaml/quantity-words.js';
import {
  ARC_RESULTS,
  type AuthenticationResults,
  DKIM_RESULTS,
  DMARC_POLICIES,
  DMARC_RESULTS,
  PTR_RESULTS,
  SPF_RESULTS,
} from '../authentication/results.js';
import type { AuthenticationCondition, Conditions } from './behaviour.js';
import type { AuthenticationWords, WhenWords } from './schema.js';

/** From words to units; null where nothing was said. */
export function toConditions(words: WhenWords): Conditions {
  const {
    tls,
    largerThan,
    contains,
    recipientsOver,
    numbers,
    every,
    first,
    chance,
    times,
    after,
    until,
    authentication,
  } = words;
  return {
    recipients: globsOf(words.recipient),
    domains: globsOf(words.domain),
    from: globsOf(words.from),
    helo: globsOf(words.helo),
    user: globsOf(words.user),
    clients: globsOf(words.client),
    isTls: tls ?? null,
    largerThanBytes: largerThan === undefined ? null : toBytes(largerThan),
    contains: typeof contains === 'string' ? [contains] : (contains ?? null),
    recipientsOver: recipientsOver ?? null,
    numbers: numbers ?? null,
    every: every ?? null,
    first: first ?? null,
    chance: chance === undefined ? null : toShare(chance),
    times: times ?? null,
    afterMs: after === undefined ? null : toMs(after),
    untilMs: until === undefined ? null : toMs(until),
    authentication: authentication === undefined ? null : toAuthentication(authentication),
  };
}

function globsOf(words: string | readonly string[] | undefined): readonly string[] | null {
  if (words === undefined) return null;
  return (typeof words === 'string' ? [words] : words).map((word) => word.toLowerCase());
}

const RESULTS = {
  spf: SPF_RESULTS,
  dkim: DKIM_RESULTS,
  dmarc: DMARC_RESULTS,
  policy: DMARC_POLICIES,
  arc: ARC_RESULTS,
  ptr: PTR_RESULTS,
} as const satisfies { readonly [Method in keyof AuthenticationResults]: readonly string[] };

function toAuthentication(words: AuthenticationWords): AuthenticationCondition {
  const entries = Object.entries(RESULTS).flatMap(([method, known]) => {
    const wanted = words[method as keyof AuthenticationResults];
    if (wanted === undefined) return [];
    const list: readonly string[] = typeof wanted === 'string' ? [wanted] : wanted;
    const isOther = list.includes('not-pass');
    return [[method, known.filter((one) => list.includes(one) || (isOther && one !== 'pass'))]];
  });
  return Object.fromEntries(entries) as AuthenticationCondition;
}
