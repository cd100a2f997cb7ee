/**
 * Packed errors: what was thrown in one process, as plain JSON, and thrown again in another with the same class and code.
 */
import { BehaviourError, EnvironmentError, MailbenchError, type Problem, UsageError } from '../../errors.js';

export interface PackedError {
  readonly kind: 'behaviours' | 'usage' | 'environment';
  readonly code: string;
  readonly message: string;
  /** '' where there is none. */
  readonly hint: string;
  /** Of behaviours. */
  readonly problems: readonly Problem[];
}

/** Whatever is not one of ours is the machine's: a system call that failed. */
export function packError(error: unknown): PackedError {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BehaviourError) {
    return { kind: 'behaviours', code: error.code, message, hint: '', problems: error.problems };
  }
  if (!(error instanceof MailbenchError)) {
    return { kind: 'environment', code: 'SINK_START_FAILED', message, hint: '', problems: [] };
  }
  const kind = error instanceof UsageError ? 'usage' : 'environment';
  return { kind, code: error.code, message, hint: error.hint ?? '', problems: [] };
}

const CLASSES = { usage: UsageError, environment: EnvironmentError };

export function unpackError({ kind, code, message, hint, problems }: PackedError): MailbenchError {
  if (kind === 'behaviours') return new BehaviourError(problems);
  return new CLASSES[kind](code, message, hint === '' ? {} : { hint });
}
