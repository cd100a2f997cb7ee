/**
 * Settings: what the messages of an executor are sent with, the scenario's own or in part its own.
 *
 * Where something is the scenario's, it is the same object for all of them.
 */
import type { Envelope, RecipientEntry, Scenario, Settings } from './scenario.js';

type Sending = Settings & Pick<Scenario, 'scenarios' | 'own'>;

export function settingsOf(scenario: Sending, name: string): Settings {
  const { target, client, messages, envelope } = { ...scenario, ...scenario.own[name] };
  return { target, client, messages, envelope };
}

/** Of each executor, in their order. */
export function settingsOfAll(scenario: Sending): readonly Settings[] {
  return Object.keys(scenario.scenarios).map((name) => settingsOf(scenario, name));
}

/** Who gets the messages of each executor, by the number of a message modulo their number; one where it is the same for all. */
export function envelopesOf(scenario: Sending): readonly Envelope[] {
  const envelopes = settingsOfAll(scenario).map(({ envelope }) => envelope);
  const isOne = envelopes.every((one) => one === envelopes[0]) && !envelopes[0]?.to.some(isInTurn);
  return isOne ? envelopes.slice(0, 1) : envelopes;
}

/** Each executor takes the next for itself. */
function isInTurn({ choose }: RecipientEntry): boolean {
  return choose === 'round-robin';
}

/** The same with every group of settings changed, wherever it stands. */
export function withEach<Part extends keyof Settings>(
  scenario: Scenario,
  part: Part,
  change: (value: Settings[Part]) => Settings[Part],
): Scenario {
  const own = Object.entries(scenario.own).map(([name, settings]) => {
    const value = settings[part];
    return [name, value === undefined ? settings : { ...settings, [part]: change(value as Settings[Part]) }];
  });
  return { ...scenario, [part]: change(scenario[part]), own: Object.fromEntries(own) };
}
