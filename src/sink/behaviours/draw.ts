/**
 * Draws: numbers that look random and follow from the seed, the behaviour, what it is about, and the attempt alone.
 *
 * So the same seed gives the same outcomes in any order and over any number of processes. SHA-256, about 2 µs.
 */
import { hash } from 'node:crypto';
import type { SinkEvent } from '../event.js';
import { recipientsOf } from './envelope-view.js';

/** What a draw is about. */
export interface Subject {
  /** The same in every run, so that a run that is repeated meets the same receivers. */
  readonly drawn: string;
  /** Whose attempts are counted. */
  readonly key: string;
  /** Whether it is one message, of which only retries come again; an envelope or a client may come for other reasons. */
  readonly isMessage: boolean;
}

export function subjectOf(event: SinkEvent): Subject {
  const { verb, stamp, from, peer } = event;
  const recipients = () => recipientsOf(event).map((address) => address.toLowerCase());
  if (stamp !== null) {
    const drawn = `${verb}\n#${stamp.number}\n${recipients().sort().join('\n')}`;
    return { drawn, key: `${stamp.run}\n${drawn}`, isMessage: true };
  }
  const about = from === null ? peer : `<${from.toLowerCase()}>\n${recipients().sort().join('\n')}`;
  return { drawn: `${verb}\n${about}`, key: `${verb}\n${about}`, isMessage: false };
}

/** Four independent numbers, each from 0 up to but not including 1. */
export function draw(seed: number, behaviour: string, about: { drawn: string; attempt: number }): Draws {
  const digits = hash('sha256', `${seed}\n${behaviour}\n${about.attempt}\n${about.drawn}`, 'hex');
  return [numberAt(digits, 0), numberAt(digits, 1), numberAt(digits, 2), numberAt(digits, 3)];
}

export type Draws = readonly [number, number, number, number];

const DIGITS = 13;

function numberAt(digits: string, index: number): number {
  return Number.parseInt(digits.slice(index * DIGITS, (index + 1) * DIGITS), 16) / 16 ** DIGITS;
}
