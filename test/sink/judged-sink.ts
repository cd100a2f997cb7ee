/** A sink with receipts and with behaviours from YAML, as users write them. */
import type { TestContext } from 'node:test';
import { createJudge } from '#src/sink/behaviours/create-judge.js';
import { loadBehaviours } from '#src/sink/behaviours/load-behaviours.js';
import { LocalState } from '#src/sink/behaviours/local-state.js';
import type { SinkOptions, SinkParts } from '#src/sink/sink-server.js';
import { openSinkWithReceipts } from './open-sink.js';

export interface JudgedSinkOptions extends Partial<SinkOptions> {
  /** The list below `behaviours:`. */
  readonly yaml?: string;
  readonly onBounce?: NonNullable<SinkParts['onBounce']>;
}

export function openJudgedSink(t: TestContext, { yaml = '', onBounce, ...options }: JudgedSinkOptions = {}) {
  const judge = yaml === '' ? null : judgeOf(yaml);
  return openSinkWithReceipts(t, options, { judge, ...(onBounce ? { onBounce } : {}) });
}

function judgeOf(yaml: string) {
  const text = `behaviours:\n${yaml}\n`;
  const bounceTo = 'smtp://127.0.0.1:1';
  const behaviours = loadBehaviours({ text, path: 'test.yaml', seed: 1, bounceTo });
  return createJudge({ ...behaviours, state: new LocalState() });
}
