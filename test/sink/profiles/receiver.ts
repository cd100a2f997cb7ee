/** A sink with a receiver profile, and clients of any address that deliver to it over real sessions. */
import type { TestContext } from 'node:test';
import { createAuthentication } from '#src/sink/authentication/authentication.js';
import type { Zone } from '#src/sink/authentication/names.js';
import { createJudge } from '#src/sink/behaviours/create-judge.js';
import { loadBehaviours } from '#src/sink/behaviours/load-behaviours.js';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import { PROFILES } from '#src/sink/profiles/profiles.js';
import { createSink } from '#src/sink/sink-server.js';
import { type Dialog, dial, type Reply } from '../dialog.js';
import { dkimKeyAt, plainMail } from '../signed-mail.js';

/** 192.0.2.1 and 2001:db8::1 are hosts of good.test, which does everything right; the others miss one thing each. */
const ZONE: Zone = {
  'good.test': { TXT: 'v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all' },
  '_dmarc.good.test': { TXT: 'v=DMARC1; p=reject' },
  ...dkimKeyAt('good.test'),
  'lax.test': { TXT: 'v=spf1 ~all' },
  '_dmarc.lax.test': { TXT: 'v=DMARC1; p=none' },
  ...dkimKeyAt('lax.test'),
  'nopolicy.test': { TXT: 'v=spf1 ip4:192.0.2.0/24 -all' },
  ...dkimKeyAt('nopolicy.test'),
  '192.0.2.1': { PTR: 'mail.good.test' },
  '192.0.2.2': { PTR: 'mail.good.test' },
  '2001:db8::1': { PTR: 'mail.good.test' },
  'mail.good.test': { A: '192.0.2.1', AAAA: '2001:db8::1' },
};

export interface Delivery {
  /** Default 192.0.2.1, a host of good.test. */
  readonly client?: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly message?: Buffer;
  readonly sizeBytes?: number;
  readonly tls?: boolean;
}

export interface Receiver {
  /** The first reply that refuses, or else the final one: its lines joined by spaces. */
  deliver(delivery?: Delivery): Promise<string>;
  /** The last of so many in a row. */
  deliverTimes(times: number, delivery?: Delivery): Promise<string>;
}

/** `edit` makes limits small enough for a test. Without a zone nothing is looked up. */
export async function receiver(
  t: TestContext,
  profile: string,
  { edit = (text) => text, zone = ZONE }: { edit?: (text: string) => string; zone?: Zone | null } = {},
): Promise<Receiver> {
  const profiles = { [profile]: edit(PROFILES[profile] ?? '') };
  const text = zone === null ? '' : JSON.stringify({ zone });
  const loaded = loadBehaviours({ text, path: 'b.yaml', seed: 1, bounceTo: null, profile, profiles });
  const authentication = zone === null ? null : createAuthentication(loaded.names, () => 0);
  const judge = createJudge({ ...loaded, state: new LocalState(), authentication });
  const sink = createSink({ host: '127.0.0.1', port: 0, protocol: 'smtp', xclient: true }, { judge });
  const { port } = await sink.listen();
  t.after(() => sink.close());
  const deliver = (delivery: Delivery = {}) => deliverTo(port, delivery);
  return {
    deliver,
    deliverTimes: async (times, delivery) => {
      for (let done = 1; done < times; done++) await deliver(delivery);
      return deliver(delivery);
    },
  };
}

async function deliverTo(port: number, delivery: Delivery): Promise<string> {
  const { client = '192.0.2.1', from = 'sender@good.test', to = ['user@receiver.test'] } = delivery;
  const { message = plainMail(from), sizeBytes, tls = false } = delivery;
  const dialog = dial(port);
  const size = sizeBytes === undefined ? '' : ` SIZE=${sizeBytes}`;
  try {
    let reply = await dialog.reply();
    const steps = [
      'EHLO mail.good.test',
      ...(tls ? ['STARTTLS', 'EHLO mail.good.test'] : []),
      `XCLIENT ADDR=${client.includes(':') ? `IPV6:${client}` : client}`,
      'EHLO mail.good.test',
      `MAIL FROM:<${from}>${size}`,
      ...to.map((address) => `RCPT TO:<${address}>`),
      'DATA',
      `${message.toString('latin1')}.`,
    ];
    for (const step of steps) {
      if (reply.code >= 400) break;
      reply = await dialog.ask(step);
      if (step === 'STARTTLS') await dialog.startTls();
    }
    return textOf(reply);
  } finally {
    leave(dialog);
  }
}

function textOf({ code, lines }: Reply): string {
  const [first = '', ...rest] = lines;
  const enhanced = /^[245]\.\d+\.\d+ /.exec(first)?.[0] ?? '';
  return `${code} ${first} ${rest.map((line) => line.replace(enhanced, '')).join(' ')}`.trim();
}

function leave(dialog: Dialog): void {
  dialog.destroy();
}
