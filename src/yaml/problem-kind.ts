/**
 * The kinds of problems that any YAML file can have, and the code that each room gives them.
 *
 * Codes are stable and listed in docs/errors.md, so a room writes them out; several kinds may share one.
 */

export type ProblemKind =
  | 'yaml'
  | 'duplicateKey'
  | 'alias'
  | 'tooBig'
  | 'tag'
  | 'key'
  | 'referenceUnset'
  | 'referenceFile'
  | 'referenceMalformed'
  | 'keyUnknown'
  | 'keyMissing'
  | 'type'
  | 'valueUnknown'
  | 'format'
  | 'outOfRange';

export type ProblemCodes = Readonly<Record<ProblemKind, string>>;
