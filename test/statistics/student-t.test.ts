import assert from 'node:assert/strict';
import { test } from 'node:test';
import { studentCdf, studentQuantile } from '#src/statistics/student-t.js';
import { REFERENCE } from './reference.js';

test('the distribution function is that of SciPy', () => {
  for (const { t, df, p } of REFERENCE.studentCdf) {
    const found = studentCdf(t, df);
    assert.ok(Math.abs(found - p) < 1e-10 * Math.max(p, 1e-3), `t ${t}, df ${df}: ${found}, not ${p}`);
  }
});

test('quantiles are those of SciPy, on both sides', () => {
  for (const { p, df, t } of REFERENCE.studentQuantile) {
    const found = studentQuantile(p, df);
    assert.ok(Math.abs(found - t) < 1e-8 * t, `p ${p}, df ${df}: ${found}, not ${t}`);
    assert.equal(studentQuantile(1 - p, df), -studentQuantile(1 - (1 - p), df));
  }
});
