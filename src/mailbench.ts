/**
 * The package's entry: what scenario code imports from `mailbench`.
 */
export {
  type CodeScenario,
  type ComposedParts,
  defineScenario,
  type EnvelopeContext,
  type Expected,
  type GeneratedText,
  type Message,
  type MessageContext,
  type PacingContext,
  type RawMessage,
  type Recipients,
} from './code/define-scenario.js';
