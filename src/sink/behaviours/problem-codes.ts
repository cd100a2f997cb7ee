/**
 * Every problem a behaviour file can have, by its stable code; docs/errors.md lists these sentences.
 */
import type { ProblemCodes } from '../../yaml/problem-kind.js';

export const BEHAVIOUR_PROBLEM_CODES = {
  BEHAVIOUR_YAML: 'The behaviour file is not well-formed YAML, or too big.',
  BEHAVIOUR_KEY_UNKNOWN: 'A key that does not exist at this place of the behaviour file.',
  BEHAVIOUR_KEY_MISSING: 'A key that a behaviour cannot do without.',
  BEHAVIOUR_TYPE: 'A value of the wrong kind, such as text where a number is needed.',
  BEHAVIOUR_VALUE_UNKNOWN: 'A word that is not one of those allowed here.',
  BEHAVIOUR_FORMAT: 'A value that is not written the way it must be.',
  BEHAVIOUR_OUT_OF_RANGE: 'A number or a list that is too small or too large.',
  BEHAVIOUR_REPLY: 'A reply that cannot be sent, or that does not do what its key says.',
  BEHAVIOUR_CONTRADICTION: 'Keys of a behaviour that exclude each other, or none that does anything.',
  BEHAVIOUR_VERB: 'A condition or an outcome that its verb cannot have.',
  BEHAVIOUR_NAME: 'A name that two behaviours have.',
  BEHAVIOUR_PROFILE: 'A profile that does not exist.',
  BEHAVIOUR_BOUNCE_TO: 'A behaviour that bounces, where nothing says where to.',
  BEHAVIOUR_AUTHENTICATION: 'A behaviour that asks for authentication, where nothing checks it.',
} as const satisfies Readonly<Record<string, string>>;

export type BehaviourProblemCode = keyof typeof BEHAVIOUR_PROBLEM_CODES;

/** Those that any YAML file can have. References to the environment have no meaning here. */
export const BEHAVIOUR_YAML_CODES = {
  yaml: 'BEHAVIOUR_YAML',
  duplicateKey: 'BEHAVIOUR_YAML',
  alias: 'BEHAVIOUR_YAML',
  tooBig: 'BEHAVIOUR_YAML',
  tag: 'BEHAVIOUR_YAML',
  key: 'BEHAVIOUR_YAML',
  referenceUnset: 'BEHAVIOUR_YAML',
  referenceFile: 'BEHAVIOUR_YAML',
  referenceMalformed: 'BEHAVIOUR_YAML',
  keyUnknown: 'BEHAVIOUR_KEY_UNKNOWN',
  keyMissing: 'BEHAVIOUR_KEY_MISSING',
  type: 'BEHAVIOUR_TYPE',
  valueUnknown: 'BEHAVIOUR_VALUE_UNKNOWN',
  format: 'BEHAVIOUR_FORMAT',
  outOfRange: 'BEHAVIOUR_OUT_OF_RANGE',
} as const satisfies ProblemCodes & Readonly<Record<string, BehaviourProblemCode>>;
