/**
 * Measurements: from stamps on the wire to metrics. The only place that subtracts stamps, and the only one where
 * SMTP's words become metric names.
 *
 * Handles are looked up once and kept in arrays by command, because this runs several times per message: about 1 µs
 * a message in all. `isSteady` is false for what belongs to the warm-up: that counts in `counts` and nowhere else.
 */
import { Histogram } from '../metrics/histogram.js';
import type { Tags } from '../metrics/key.js';
import { type CounterHandle, type RateHandle, Recorder, type TrendHandle } from '../metrics/recorder.js';
import { type Counts, NO_COUNTS, type OutcomeCount } from '../metrics/snapshot.js';
import { MAX_OUTCOME_ROWS, type OutcomeKind, OutcomeTally } from '../metrics/tally.js';
import { COMMAND_NAMES, Command, type CommandId } from '../smtp/command.js';
import type { SessionFault } from '../smtp/failure.js';
import type { TlsFacts } from '../smtp/open-transport.js';
import { permanenceOf, type ReplyClass } from '../smtp/reply-class.js';
import { enhancedText, type ReplyView } from '../smtp/reply-parser.js';
import { serverLimitOf } from '../smtp/server-limit.js';
import type { Session } from '../smtp/session.js';
import type { AttemptCause, MessageEnd, MessageTimes } from './message-end.js';

const OUTCOMES = ['accepted', 'rejected', 'failed', 'interrupted'] as const;
type OutcomeName = (typeof OUTCOMES)[number];
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What is measured of a session. */
export type SessionFacts = Pick<Session, 'fault' | 'stamps' | 'tls' | 'hasFallenBack'> & {
  /** null: not known. */
  readonly remote: Session['remote'] | null;
};

/** What is recorded for every message of one outcome. */
interface OutcomeHandles {
  readonly duration: TrendHandle;
  readonly service: TrendHandle;
  readonly transaction: TrendHandle;
  readonly messages: CounterHandle;
}

/** What a window holds beside metrics: the same for all executors of a shard. */
class Window {
  sessionsOpen = 0;
  /** Response times, warm-up included. */
  readonly live = new Histogram();
  readonly lateness = new Histogram();
  arrivalsDropped = 0;
  readonly outcomes = new OutcomeTally();
  /** Messages accepted as expected, by reply: what nearly all are, so they skip the tally's string keys. */
  readonly accepted = new Map<
    number,
    { readonly kind: OutcomeKind; readonly sample: string; count: number }
  >();
  counts: Mutable<Counts> = { ...NO_COUNTS };
  faults: Record<string, number> = {};
}

export class Measurements {
  readonly recorder: Recorder;
  readonly traffic = { sentBytes: 0, receivedBytes: 0 };
  /** Called before traffic is read: for those who add to it only when asked. */
  readonly trafficSources: (() => void)[] = [];
  readonly #window: Window;
  readonly #tagged: Measurements[] = [];
  readonly #byOutcome: Readonly<Record<OutcomeName, OutcomeHandles>>;
  readonly #waiting: readonly TrendHandle[];
  readonly #replies = new Map<number, CounterHandle>();
  readonly #recipients: Readonly<Record<'accepted' | 'refused' | 'undecided', CounterHandle>>;
  readonly #attempts: Readonly<Record<AttemptCause, CounterHandle>>;
  readonly #contentSending: TrendHandle;
  readonly #iterationDuration: TrendHandle;
  readonly #failed: RateHandle;
  readonly #checks: RateHandle;
  readonly #iterations: CounterHandle;
  readonly #dropped: CounterHandle;

  constructor(recorder = new Recorder(), window = new Window()) {
    this.recorder = recorder;
    this.#window = window;
    const handles = OUTCOMES.map((outcome) => [outcome, outcomeHandles(recorder, outcome)] as const);
    this.#byOutcome = Object.fromEntries(handles) as unknown as Record<OutcomeName, OutcomeHandles>;
    this.#waiting = COMMAND_NAMES.map((command) => recorder.trend('smtp_command_waiting', { command }));
    this.#recipients = {
      accepted: recorder.counter('smtp_recipients', { outcome: 'accepted' }),
      refused: recorder.counter('smtp_recipients', { outcome: 'refused' }),
      undecided: recorder.counter('smtp_recipients', { outcome: 'undecided' }),
    };
    this.#attempts = {
      first: recorder.counter('smtp_attempts', { cause: 'first' }),
      retry: recorder.counter('smtp_attempts', { cause: 'retry' }),
      reused_session: recorder.counter('smtp_attempts', { cause: 'reused_session' }),
    };
    this.#contentSending = recorder.trend('smtp_content_sending');
    this.#iterationDuration = recorder.trend('iteration_duration');
    this.#failed = recorder.rate('smtp_message_failed');
    this.#checks = recorder.rate('checks');
    this.#iterations = recorder.counter('iterations');
    this.#dropped = recorder.counter('dropped_iterations');
  }

  get sessionsOpen(): number {
    return this.#window.sessionsOpen;
  }

  /** Measurements whose metrics have these tags as well; all else is one with this. */
  tagged(tags: Tags): Measurements {
    const tagged = new Measurements(this.recorder.tagged(tags), this.#window);
    this.#tagged.push(tagged);
    return tagged;
  }

  /** An arrival of an open executor began this long after it was due. */
  arrivalStarted(latenessUs: number): void {
    this.#window.lateness.record(latenessUs);
  }

  /** So many of them were due and not begun; iterationsDropped counts them too. */
  arrivalsDropped(count: number): void {
    this.#window.arrivalsDropped += count;
  }

  iterationStarted(isSteady: boolean): void {
    this.#window.counts.scheduled++;
    this.#window.counts.started++;
    if (isSteady) this.#iterations.add(1);
  }

  iterationsDropped(count: number, isSteady: boolean): void {
    this.#window.counts.scheduled += count;
    this.#window.counts.dropped += count;
    if (isSteady) this.#dropped.add(count);
  }

  iterationDone(startedAtUs: number, atUs: number, isSteady: boolean): void {
    if (isSteady) this.#iterationDuration.record(atUs - startedAtUs);
  }

  messageBegun(recipients: number): void {
    this.#window.counts.begun++;
    this.#window.counts.offered += recipients;
  }

  /** A message is over. `sample` is asked for a reply text only when this kind of outcome is new. */
  messageDone(message: MessageTimes, result: MessageEnd, isExpected: boolean, sample: () => string): void {
    this.#count(result, message.recipients, message.isSteady);
    this.#tally(result, isExpected, sample);
    const endedAtUs = message.firstEndedAtUs || result.endedAtUs;
    this.#window.live.record(endedAtUs - message.scheduledAtUs);
    if (!message.isSteady) return;
    const handles = this.#byOutcome[result.outcome];
    handles.duration.record(endedAtUs - message.scheduledAtUs);
    handles.service.record(endedAtUs - message.startedAtUs);
    handles.messages.add(1);
    if (result.cause === 'not-offered') this.recorder.counter('smtp_messages_not_offered').add(1);
    this.#failed.add(!isExpected);
    this.#checks.add(isExpected);
  }

  /** With retries on; after messageDone. */
  messageCompleted(message: MessageTimes, { outcome, endedAtUs }: MessageEnd): void {
    if (!message.isSteady) return;
    const completion = this.recorder.trend('smtp_message_completion_duration', { outcome });
    completion.record(endedAtUs - message.scheduledAtUs);
  }

  attemptBegun(cause: AttemptCause, isSteady: boolean): void {
    if (isSteady) this.#attempts[cause].add(1);
  }

  /** An attempt is over; before messageDone. */
  transactionDone(transaction: TransactionTimes, isSteady: boolean): void {
    const { outcome, startedAtUs, mailAtUs, endedAtUs } = transaction;
    // Without a reply to MAIL only its writing is known; a time-out there counts like any other.
    const beganAtUs = startedAtUs > 0 ? startedAtUs : mailAtUs;
    if (isSteady && beganAtUs > 0) this.#byOutcome[outcome].transaction.record(endedAtUs - beganAtUs);
  }

  waited(
    command: CommandId,
    fromUs: number,
    atUs: number,
    reply: ReplyView | null,
    klass: ReplyClass,
    isSteady: boolean,
  ): void {
    if (!isSteady) return;
    if (command === Command.GREETING) this.recorder.trend('smtp_greeting_waiting').record(atUs - fromUs);
    else (this.#waiting[command] as TrendHandle).record(atUs - fromUs);
    if (reply !== null && reply.code !== 334) this.replied(command, reply, klass, isSteady);
  }

  /** A final reply, whether or not it is known since when it was waited for. */
  replied(command: CommandId, reply: ReplyView, klass: ReplyClass, isSteady: boolean): void {
    if (!isSteady) return;
    this.#reply(command, reply, klass).add(1);
    if (reply.code >= 400) this.#limitMet(klass, reply.text());
  }

  contentSent(fromUs: number, atUs: number, isSteady: boolean): void {
    if (isSteady) this.#contentSending.record(atUs - fromUs);
  }

  sessionBegun(isSteady: boolean): void {
    if (isSteady) this.recorder.counter('smtp_sessions').add(1);
  }

  /** Set-up is over, well or not. Called once per session. */
  sessionSetUp(session: SessionFacts, isSteady: boolean): void {
    const { fault, stamps } = session;
    this.#countFault(fault);
    if (stamps.connectedAtUs > 0) this.#window.sessionsOpen++;
    if (!isSteady) return;
    if (stamps.connectedAtUs > 0) {
      this.recorder.trend('smtp_connecting').record(stamps.connectedAtUs - stamps.connectAtUs);
      if (session.remote !== null) this.#connectedTo(session.remote);
    }
    if (session.tls !== null && stamps.securedAtUs > 0)
      this.#tlsHandshake(session.tls, stamps.securedAtUs - stamps.tlsAtUs);
    if (session.hasFallenBack) this.recorder.counter('smtp_tls_fallbacks').add(1);
  }

  /** After sessionSetUp. */
  sessionClosed({ stamps, fault }: Pick<SessionFacts, 'stamps' | 'fault'>, isSteady: boolean): void {
    // What set-up failed by is counted there.
    if (stamps.openAtUs > 0) this.#countFault(fault);
    // A 421 that no command waited for: nobody else counts it.
    if (isSteady && fault !== null && fault.phase === 'idle' && fault.code === 421)
      this.#limitMet(fault.class, fault.message);
    if (stamps.connectedAtUs === 0) return;
    this.#window.sessionsOpen--;
    if (isSteady) this.recorder.trend('smtp_session_duration').record(stamps.closedAtUs - stamps.connectAtUs);
  }

  /** One that was held, or was to be, and ended before the load did. */
  idleSessionLost({ phase, class: klass }: SessionFault, isSteady: boolean): void {
    if (isSteady) this.recorder.counter('smtp_idle_sessions_lost', { phase, class: klass }).add(1);
  }

  /** Bytes since the last call become metrics. */
  recordTraffic(): void {
    for (const add of this.trafficSources) add();
    this.recorder.counter('data_sent').add(this.traffic.sentBytes);
    this.recorder.counter('data_received').add(this.traffic.receivedBytes);
    this.#zeroTraffic();
    for (const tagged of this.#tagged) tagged.recordTraffic();
  }

  forgetTraffic(): void {
    for (const add of this.trafficSources) add();
    this.#zeroTraffic();
    for (const tagged of this.#tagged) tagged.forgetTraffic();
  }

  #zeroTraffic(): void {
    this.traffic.sentBytes = 0;
    this.traffic.receivedBytes = 0;
  }

  takeLive(): string {
    return takeEncoded(this.#window.live);
  }

  takeLateness(): string {
    return takeEncoded(this.#window.lateness);
  }

  takeArrivalsDropped(): number {
    const count = this.#window.arrivalsDropped;
    this.#window.arrivalsDropped = 0;
    return count;
  }

  takeCounts(): Counts {
    const counts = this.#window.counts;
    this.#window.counts = { ...NO_COUNTS };
    return counts;
  }

  takeOutcomes(): OutcomeCount[] {
    for (const { kind, count, sample } of this.#window.accepted.values())
      this.#window.outcomes.add(kind, count, () => sample);
    this.#window.accepted.clear();
    return this.#window.outcomes.take();
  }

  takeFaults(): Record<string, number> {
    const faults = this.#window.faults;
    this.#window.faults = {};
    return faults;
  }

  #countFault(fault: SessionFault | null): void {
    if (fault?.cause !== 'generator') return;
    this.#window.faults[fault.systemCode] = (this.#window.faults[fault.systemCode] ?? 0) + 1;
  }

  #connectedTo({ address, port }: Session['remote']): void {
    const to = address === '' ? { address: 'unix', port: 'none' } : { address, port: String(port) };
    this.recorder.counter('smtp_connections', to).add(1);
  }

  #tlsHandshake({ version, cipher, isResumed }: TlsFacts, tookUs: number): void {
    const resumed = isResumed ? 'yes' : 'no';
    this.recorder.trend('smtp_tls_handshaking', { resumed }).record(tookUs);
    this.recorder.counter('smtp_tls_handshakes', { resumed, version, cipher }).add(1);
  }

  /** Refusals that are about this client: without a count of their own they would look like capacity. */
  #limitMet(klass: ReplyClass, text: string): void {
    const limit = serverLimitOf(klass, text);
    if (limit !== null) this.recorder.counter('smtp_server_limits', { limit }).add(1);
  }

  #tally(result: MessageEnd, isExpected: boolean, sample: () => string): void {
    const isCommon = result.outcome === 'accepted' && isExpected;
    const key = result.enhanced * 1000 + result.code;
    const row = isCommon ? this.#window.accepted.get(key) : undefined;
    if (row !== undefined) row.count++;
    else if (isCommon && this.#window.accepted.size < MAX_OUTCOME_ROWS) {
      this.#window.accepted.set(key, { kind: kindOf(result, isExpected), sample: sample(), count: 1 });
    } else this.#window.outcomes.add(kindOf(result, isExpected), 1, sample);
  }

  #count(result: MessageEnd, recipients: number, isSteady: boolean): void {
    const counts = this.#window.counts;
    const isAccepted = result.outcome === 'accepted';
    const accepted = isAccepted ? result.acceptedRecipients : 0;
    const refused = result.refusedRecipients;
    const undecided = recipients - accepted - refused;
    counts[result.outcome]++;
    if (isAccepted && accepted < recipients) counts.partial++;
    if (result.isInDoubt) counts.inDoubt++;
    counts.acceptedCopies += accepted;
    counts.refused += refused;
    counts.undecided += undecided;
    if (!isSteady) return;
    this.#recipients.accepted.add(accepted);
    this.#recipients.refused.add(refused);
    this.#recipients.undecided.add(undecided);
  }

  #reply(command: CommandId, reply: ReplyView, klass: ReplyClass): CounterHandle {
    // A class other than `accepted` depends on the text, so only good replies have a numeric key of their own.
    const key = klass === 'accepted' ? (reply.enhanced * 1000 + reply.code) * 16 + command : -1;
    const known = this.#replies.get(key);
    if (known !== undefined) return known;
    const handle = this.recorder.counter('smtp_replies', {
      command: COMMAND_NAMES[command],
      code: String(reply.code),
      enhanced: enhancedText(reply.enhanced) || 'none',
      class: klass,
    });
    if (key >= 0) this.#remember(key, handle);
    return handle;
  }

  /** A server can invent 10⁹ good replies too; past a bound they are looked up each time. */
  #remember(key: number, handle: CounterHandle): void {
    if (this.#replies.size < 1_000) this.#replies.set(key, handle);
  }
}

/** What the wire knows of one attempt; 0 for what did not happen. */
export interface TransactionTimes extends Pick<MessageEnd, 'outcome' | 'mailAtUs' | 'endedAtUs'> {
  /** max(MAIL written, previous final reply on the session). */
  readonly startedAtUs: number;
}

function takeEncoded(histogram: Histogram): string {
  const encoded = histogram.encode();
  histogram.reset();
  return encoded;
}

function outcomeHandles(recorder: Recorder, outcome: OutcomeName): OutcomeHandles {
  return {
    duration: recorder.trend('smtp_message_duration', { outcome }),
    service: recorder.trend('smtp_message_service_duration', { outcome }),
    transaction: recorder.trend('smtp_transaction_duration', { outcome }),
    messages: recorder.counter('smtp_messages', { outcome }),
  };
}

function kindOf(result: MessageEnd, expected: boolean): OutcomeKind {
  const isAccepted = result.outcome === 'accepted';
  return {
    outcome: result.outcome,
    expected,
    phase: isAccepted ? '' : result.phase,
    scope: result.scope,
    cause: result.cause,
    code: result.code,
    enhanced: enhancedText(result.enhanced),
    class: result.class,
    permanence: permanenceOf(result.code),
  };
}
