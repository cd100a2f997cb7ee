import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderJunit } from '#src/report/junit.js';
import type { Result } from '#src/result/result.js';
import { abortedResult, failedResult, HOSTILE, invalidResult, passedResult, withText } from './fixture.js';
import { parseXml, type XmlElement } from './xml.js';

function cases(result: Result): readonly XmlElement[] {
  const suite = parseXml(renderJunit(result)).children[0];
  return (suite?.children ?? []).filter((child) => child.name === 'testcase');
}

function failures(result: Result): readonly string[] {
  return cases(result).flatMap((testCase) =>
    testCase.children
      .filter((child) => child.name === 'failure')
      .map((failure) => `${testCase.attributes.name}: ${failure.attributes.message}`),
  );
}

describe('JUnit', () => {
  it('has a test case for each threshold, the generator and the run', () => {
    assert.deepEqual(
      cases(failedResult()).map((testCase) => testCase.attributes.name),
      [
        'smtp_message_duration p(95)<200',
        'smtp_message_duration p(99)<110',
        'smtp_message_failed rate<0.001',
        'smtp_delivery_duration p(95)<1000',
        'generator health',
        'run completed',
      ],
    );
  });

  it('fails exactly what failed and says with which value', () => {
    assert.deepEqual(failures(passedResult()), []);
    assert.deepEqual(failures(failedResult()), [
      'smtp_message_duration p(99)<110: p(99)=126.4ms, wanted p(99)<110',
      'smtp_delivery_duration p(95)<1000: no samples, wanted p(95)<1000',
    ]);
  });

  it('fails the generator’s health when it is invalid, not when it is degraded', () => {
    assert.match(
      failures({ ...invalidResult(), thresholds: [] }).join(),
      /^generator health: The generator was busy 97 %/,
    );
    assert.deepEqual(failures({ ...failedResult(), thresholds: [] }), []);
  });

  it('fails a run that did not complete', () => {
    assert.match(
      failures({ ...abortedResult(), thresholds: [] }).join(),
      /^run completed: aborted: The run was aborted: stopped by SIGINT/,
    );
  });

  it('counts its cases and failures', () => {
    const { attributes } = parseXml(renderJunit(failedResult()));
    assert.deepEqual([attributes.tests, attributes.failures, attributes.time], ['6', '2', '60.412']);
  });

  it('is well-formed whatever text is in it', () => {
    const base = failedResult();
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        parseXml(renderJunit(withText(base, `${text}${HOSTILE}\ud800`)));
      }),
      { numRuns: 50 },
    );
  });
});
