import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { phasesOf } from '#src/report/phases.js';
import { abortedResult, passedResult, trend } from './fixture.js';

describe('phases', () => {
  it('stand in the order of a session', () => {
    const labels = phasesOf(passedResult()).map((phase) => phase.label);
    assert.deepEqual(labels, [
      'connecting',
      'TLS',
      'greeting',
      'EHLO',
      'STARTTLS',
      'AUTH',
      'MAIL',
      'RCPT',
      'DATA',
      'sending content',
      'final reply',
      'QUIT',
    ]);
  });

  it('have shares that add up and follow mean × n', () => {
    const phases = phasesOf(passedResult());
    const sum = phases.reduce((total, phase) => total + phase.share, 0);
    assert.ok(Math.abs(sum - 1) < 1e-9);
    const [connecting, content] = ['connecting', 'final reply'].map((label) =>
      phases.find((p) => p.label === label),
    );
    const ratio =
      ((content?.n ?? 0) * (content?.meanMs ?? 0)) / ((connecting?.n ?? 1) * (connecting?.meanMs ?? 1));
    assert.ok(Math.abs((content?.share ?? 0) / (connecting?.share ?? 1) - ratio) < 1e-6);
  });

  it('show no 95th percentile that rests on a few samples', () => {
    const result = { ...passedResult(), metrics: { 'smtp_command_waiting{command:MAIL}': trend(199, 1) } };
    assert.equal(phasesOf(result)[0]?.p95Ms, null);
  });

  it('are none when nothing but the set-up of sessions is known', () => {
    const result = { ...passedResult(), metrics: { smtp_connecting: trend(300, 1) } };
    assert.deepEqual(phasesOf(result), []);
  });

  it('list commands outside the usual ones last', () => {
    const metrics = { 'smtp_command_waiting{command:NOOP}': trend(30, 1), smtp_connecting: trend(30, 1) };
    assert.deepEqual(
      phasesOf({ ...passedResult(), metrics }).map((phase) => phase.label),
      ['connecting', 'NOOP'],
    );
  });

  it('are none when nothing was measured', () => {
    assert.deepEqual(phasesOf(abortedResult()), []);
  });
});
