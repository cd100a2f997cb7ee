/**
 * The generator without command line, worker thread or files: `generator.js MODE PORT PIPELINING MESSAGES`. Prints messages per
 * second from the first session to the last reply. MODE `bare` is the wire client with nothing measured, `shard` all of it:
 * the difference is what the metrics cost.
 */
import { createMessageSource } from '#src/message/source.js';
import type { SharedIterations } from '#src/scenario/executor-spec.js';
import { createDraw } from '#src/shard/random.js';
import { createRealClock, takeAnchor } from '#src/shard/real-clock.js';
import { commandTimeoutsUs } from '#src/smtp/command.js';
import { Deadlines } from '#src/smtp/deadlines.js';
import { dotStuff } from '#src/smtp/dot-stuffing.js';
import { Session, type SessionListener } from '#src/smtp/session.js';
import type { SessionOptions } from '#src/smtp/session-options.js';
import type { WireContext } from '#src/smtp/wire.js';
import { WriteBuffer } from '#src/smtp/write-buffer.js';
import { runShards, scenarioOf } from '#test/shard/shard-rig.js';
import { NO_PARAMETERS, openTo, sessionIdentity, sessionOptions, tlsOptions } from '#test/smtp/options.js';

const VUS = 20;
const SIZE_BYTES = 1_024;
const ENVELOPE = {
  senders: null,
  from: 'bounce-{{seq}}@sender.example.test',
  to: [
    {
      weight: 1,
      address: 'user{{n}}@rcpt.example.test',
      domains: [],
      users: 1000,
      perMessage: { min: 1, max: 1 },
      list: null,
      choose: 'uniform',
      exponent: 1,
      expect: null,
    },
  ],
  parameters: NO_PARAMETERS,
} as const;

const [mode = '', port = '', pipelining = '', messages = ''] = process.argv.slice(2);
const clock = createRealClock(takeAnchor());
const seconds = await (mode === 'bare' ? sendBare() : sendByShard());
console.log(Number(messages) / seconds);

async function sendBare(): Promise<number> {
  const draw = createDraw(1, 0);
  const size = { kind: 'size', weight: 1, sizeBytes: SIZE_BYTES, dkim: [], expect: null } as const;
  const source = await createMessageSource({
    messages: [size],
    envelope: ENVELOPE,
    run: 'bench',
    draw,
    signedAtMs: 0,
    envid: null,
    encode: dotStuff,
  });
  const context = bareContext();
  const options = sessionOptions({ pipelining: pipelining as SessionOptions['pipelining'] });
  const identity = sessionIdentity(
    openTo({ kind: 'tcp', host: '127.0.0.1', port: Number(port) }, tlsOptions()),
  );
  let sent = 0;
  let open = VUS;
  const startedAtUs = clock.nowUs();
  return new Promise((resolve) => {
    const next = (session: Session) => {
      if (sent === Number(messages)) return session.quit();
      const message = source.next(sent++, false);
      session.send({ ...message, envid: '', firstMailAtUs: 0 });
    };
    const listener: SessionListener = {
      onOpen: () => {},
      onOffer: (session) => {
        if (sent < Number(messages)) next(session);
      },
      onReady: next,
      onWaited: () => {},
      onContentSent: () => {},
      onDone: () => {},
      onClosed: () => {
        if (--open === 0) resolve((clock.nowUs() - startedAtUs) / 1e6);
      },
    };
    for (let vu = 0; vu < VUS; vu++) new Session(options, identity, context, listener);
  });
}

function bareContext(): WireContext {
  const ms = 30_000;
  const timeouts = { connectMs: ms, tlsMs: ms, greetingMs: ms, commandMs: ms, authMs: ms };
  const data = { dataInitiationMs: ms, dataBlockMs: ms, dataTerminationMs: ms, quitMs: ms };
  return {
    nowUs: () => clock.nowUs(),
    deadlines: new Deadlines(),
    writeBuffer: new WriteBuffer(),
    timeoutsUs: commandTimeoutsUs({ ...timeouts, ...data }),
    connectTimeoutUs: ms * 1_000,
    tlsTimeoutUs: ms * 1_000,
    dataBlockTimeoutUs: ms * 1_000,
    traffic: { sentBytes: 0, receivedBytes: 0 },
  };
}

async function sendByShard(): Promise<number> {
  const spec: SharedIterations = {
    executor: 'shared-iterations',
    vus: VUS,
    iterations: Number(messages),
    maxDurationMs: 600_000,
    startTimeMs: 0,
    gracefulStopMs: 30_000,
    warmupMs: 0,
    iteration: 'message',
    tags: {},
  };
  const scenario = scenarioOf(
    { bench: spec },
    {
      port: Number(port),
      client: {
        pipelining: pipelining as SessionOptions['pipelining'],
        messagesPerSession: { min: Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
      },
      envelope: ENVELOPE,
    },
  );
  const messagesOfOneSize = [
    { kind: 'size', weight: 1, sizeBytes: SIZE_BYTES, dkim: [], expect: null } as const,
  ];
  let startedAtUs = 0;
  await runShards({ ...scenario, messages: messagesOfOneSize }, 1, () => {
    startedAtUs = clock.nowUs();
  });
  return (clock.nowUs() - startedAtUs) / 1e6;
}
