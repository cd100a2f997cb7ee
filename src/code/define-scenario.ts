/**
 * What scenario code is written against: `defineScenario` and the types of its functions.
 *
 * The object is that of the YAML file, with functions where a value differs from message to message. `message` and
 * `envelope` are told nothing but what is the same in every run with this seed: not the VU, not the time. So what is sent
 * does not depend on how many workers send it, and a proof of delivery can ask again who should have got what.
 */
import type { ScenarioFile } from '../scenario/schema/schema.js';

/** A message's place in the run, and its draws. */
export interface EnvelopeContext<Data = unknown> {
  /** Of the message, global to the run: 0 … 9,999,999,999. */
  readonly number: number;
  /** Of the message within its scenario: 0, 1, 2 … */
  readonly index: number;
  /** Name of the scenario (the executor) that sends it. */
  readonly scenario: string;
  /** What `setup` returned. */
  readonly data: Data;
  /** The next random number in [0, 1), the same whenever this function is called for this message. */
  random(): number;
  /** The random number in [0, 1) of that name: the same in every function that is called for this message. */
  draw(name: string): number;
}

export interface MessageContext<Data = unknown> extends EnvelopeContext<Data> {
  /** Envelope of the message: the sender, '' for none, and the recipients. */
  readonly from: string;
  readonly to: readonly string[];
}

export interface PacingContext<Data = unknown> extends EnvelopeContext<Data> {
  /** Number of the VU that waits. */
  readonly vu: number;
}

/** What must become of the message; accepted when not given. */
export type Expected = NonNullable<Exclude<ScenarioFile['messages'], string | undefined>[number]['expect']>;

/** One of: parts to compose, a size to fill, or a whole message. */
export type Message =
  | GeneratedText
  | RawMessage
  | (ComposedParts & (HasPart<'text'> | HasPart<'html'> | HasPart<'attachments'>));

type HasPart<Name extends keyof ComposedParts> = Required<Pick<ComposedParts, Name>>;

export interface ComposedParts {
  /** May hold {{seq}}, like all texts here: the message's number in ten digits. */
  readonly subject?: string;
  readonly text?: string;
  readonly html?: string;
  /** Of text and html; 7bit and 8bit send them as they stand. */
  readonly encoding?: 'auto' | '7bit' | '8bit' | 'quoted-printable' | 'base64';
  /** Further header fields, in order; From and To among them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How subject and headers go beyond ASCII: RFC 2047, or raw UTF-8, which needs SMTPUTF8. */
  readonly headerEncoding?: 'encoded-word' | 'utf8';
  readonly attachments?: readonly {
    readonly filename: string;
    readonly content: string | Uint8Array;
    readonly contentType?: string;
    /** Shown by the html as `cid:…` instead of attached. */
    readonly cid?: string;
    readonly encoding?: 'auto' | '7bit' | '8bit' | 'quoted-printable' | 'base64';
  }[];
  readonly expect?: Expected;
}

export interface GeneratedText {
  /** Of the whole message, in bytes or as `12KiB`. */
  readonly size: number | string;
  readonly expect?: Expected;
}

export interface RawMessage {
  /** Header and body; sent as it is but for CRLF at the ends of lines, with the stamp above it. */
  readonly raw: string | Uint8Array;
  readonly expect?: Expected;
}

export interface Recipients {
  /** '' is the null reverse-path. */
  readonly from: string;
  /** One or several, distinct without regard to case. */
  readonly to: string | readonly string[];
  readonly expect?: Expected;
}

type EnvelopeOf<Data> = (context: EnvelopeContext<Data>) => Recipients;

type EnvelopeWords = NonNullable<ScenarioFile['envelope']>;

/** The words of a scenario file, and functions. `message` takes the place of `messages`. */
export interface CodeScenario<Data = unknown> extends Omit<ScenarioFile, 'envelope'> {
  /** Words, or a function; with parameters of MAIL and RCPT beside it as `{ each: function, … }`. */
  readonly envelope?:
    | EnvelopeWords
    | EnvelopeOf<Data>
    | (Omit<EnvelopeWords, 'from' | 'to'> & { readonly each: EnvelopeOf<Data> });
  readonly message?: (context: MessageContext<Data>) => Message;
  /** How long the VU waits after this message, in ms. */
  readonly pacing?: (context: PacingContext<Data>) => number;
  /** Once, before the load; what it returns is given to every function, as JSON. */
  readonly setup?: () => Data | Promise<Data>;
  /** Once, after the load and the proof of delivery, also when the run was ended early. */
  readonly teardown?: (data: Data) => void | Promise<void>;
}

/** Says what type the default export of a scenario module has; gives it back as it is. */
export function defineScenario<Data = undefined>(scenario: CodeScenario<Data>): CodeScenario<Data> {
  return scenario;
}
