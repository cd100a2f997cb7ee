/** Every phase in which a server owes something, with what it takes to get there. */
import selfSigned from 'smtp-server/lib/tls-options.js';
import { credentials, tlsOptions } from '#test/smtp/options.js';
import type { Act, Step } from './good-dialog.js';
import type { HostileCase } from './hostile-run.js';

export interface HostilePhase {
  readonly step: Step;
  /** As in results. */
  readonly phase: string;
  readonly needs: Partial<HostileCase>;
}

const { key, cert } = selfSigned();
export const SELF_SIGNED = { key, cert };

export const WITH_STARTTLS: Partial<HostileCase> = {
  tls: SELF_SIGNED,
  target: { tls: tlsOptions({ mode: 'starttls', verify: false }) },
};
export const WITH_AUTH: Partial<HostileCase> = {
  capabilities: ['PIPELINING', 'AUTH PLAIN LOGIN'],
  target: {
    auth: { method: 'plain', users: [credentials('u', 'p')], initialResponse: true, allowPlaintext: true },
  },
};

/** Those in which a message waits for the reply. */
export const PHASES: readonly HostilePhase[] = [
  { step: 'CONNECT', phase: 'GREETING', needs: {} },
  { step: 'EHLO', phase: 'EHLO', needs: {} },
  { step: 'STARTTLS', phase: 'STARTTLS', needs: WITH_STARTTLS },
  { step: 'TLS', phase: 'tls', needs: WITH_STARTTLS },
  { step: 'AUTH', phase: 'AUTH', needs: WITH_AUTH },
  { step: 'MAIL', phase: 'MAIL', needs: {} },
  { step: 'RCPT', phase: 'RCPT', needs: {} },
  { step: 'DATA', phase: 'DATA', needs: {} },
  { step: 'CONTENT', phase: 'CONTENT', needs: {} },
];

/**
 * One case for each phase and each way of writing commands. `act` happens the first time the phase comes; `expected` says
 * how the message ends that waits for it, null where the act makes no sense. The next one is sent in a new session.
 */
export function inEachPhase(
  how: string,
  act: Act,
  expected: (phase: HostilePhase) => string | null,
): HostileCase[] {
  return PHASES.flatMap((phase) => {
    const words = expected(phase);
    if (words === null) return [];
    return (['off', 'auto', 'coalesced'] as const).map((pipelining) => ({
      ...phase.needs,
      title: `${how} at ${phase.step}, pipelining ${pipelining}`,
      client: { pipelining },
      once: { [phase.step]: act },
      messages: [words, ...alsoInFlight(phase, pipelining, words), 'accepted'],
      sessions: 2,
    }));
  });
}

/** The envelope that went out with the content shares its fate. */
function alsoInFlight({ phase }: HostilePhase, pipelining: string, words: string): string[] {
  if (pipelining !== 'coalesced' || phase !== 'CONTENT') return [];
  const [outcome, , cause, klass] = words.split(' ');
  return [`failed MAIL ${outcome === 'rejected' ? 'closed' : cause} ${klass}`];
}

/** The two phases in which no message waits: after a refusal of all recipients, and at the end. */
export function betweenMessages(how: string, act: Act): HostileCase[] {
  return [
    {
      title: `${how} at RSET`,
      isImpatient: true,
      once: { RCPT: '550 5.1.1 nobody\r\n', RSET: act },
      messages: ['rejected RCPT 550 mailbox_invalid', 'accepted'],
      sessions: 2,
    },
    {
      title: `${how} at QUIT`,
      isImpatient: true,
      client: { messagesPerSession: { min: 1, max: 1 } },
      once: { QUIT: act },
      messages: ['accepted', 'accepted'],
      sessions: 2,
    },
  ];
}

/** `failed PHASE CAUSE CLASS`, with the doubt there is once the content is out. */
export function failedIn({ phase }: HostilePhase, cause: string, klass = 'network'): string {
  return `failed ${phase} ${cause} ${klass}${phase === 'CONTENT' ? ' in doubt' : ''}`;
}
