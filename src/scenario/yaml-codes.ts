/** The codes of problems that any YAML file can have, in a scenario file. */
import type { ProblemCodes } from '../yaml/problem-kind.js';
import type { ScenarioProblemCode } from './problem-codes.js';

export const SCENARIO_YAML_CODES = {
  yaml: 'SCENARIO_YAML',
  duplicateKey: 'SCENARIO_YAML_DUPLICATE_KEY',
  alias: 'SCENARIO_YAML_ALIAS',
  tooBig: 'SCENARIO_YAML_TOO_BIG',
  tag: 'SCENARIO_YAML_TAG',
  key: 'SCENARIO_YAML_KEY',
  referenceUnset: 'SCENARIO_REFERENCE_UNSET',
  referenceFile: 'SCENARIO_REFERENCE_FILE',
  referenceMalformed: 'SCENARIO_REFERENCE_MALFORMED',
  keyUnknown: 'SCENARIO_KEY_UNKNOWN',
  keyMissing: 'SCENARIO_KEY_MISSING',
  type: 'SCENARIO_TYPE',
  valueUnknown: 'SCENARIO_VALUE_UNKNOWN',
  format: 'SCENARIO_FORMAT',
  outOfRange: 'SCENARIO_OUT_OF_RANGE',
} as const satisfies ProblemCodes & Readonly<Record<string, ScenarioProblemCode>>;
