/**
 * The report page in a real browser: Debian's Chromium, driven through playwright-core.
 *
 * No network is there to be used: every request but the page's own file is counted and must not happen.
 */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { renderHtml } from '#src/report/html.js';
import { loadPageAssets } from '#src/report/page-assets.js';
import type { Result } from '#src/result/result.js';
import { abortedResult, failedResult, HOSTILE, passedResult, withText } from './fixture.js';

const CHROMIUM = '/usr/bin/chromium';
const ARGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const PATIENCE_MS = 20_000;
const isRequired = process.env.MAILBENCH_REQUIRE_SERVERS === '1';
const skip =
  !existsSync(CHROMIUM) && !isRequired ? `${CHROMIUM} is not installed: apt-get install chromium` : false;

interface Visit {
  readonly page: Page;
  /** Console messages, page errors and requests that must not be. */
  readonly complaints: readonly string[];
}

describe('the report page in Chromium', { skip }, () => {
  let browser: Browser;
  let folder: string;
  const assets = loadPageAssets();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mailbench-page-'));
    browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: ARGS });
  });

  after(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function visit(result: Result, context: BrowserContextOptions = {}): Promise<Visit> {
    const file = join(folder, 'report.html');
    await writeFile(file, renderHtml(result, assets));
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...context });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) complaints.push(`request: ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    return { page, complaints };
  }

  it('draws four charts without an error, a warning or a request', async () => {
    const { page, complaints } = await visit(passedResult());
    assert.deepEqual(await inks(page), [true, true, true, true]);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('runs nothing that a server or a scenario put into it', async () => {
    const { page, complaints } = await visit(withText(failedResult(), HOSTILE));
    page.on('dialog', () => assert.fail('a script of the server ran'));
    assert.equal(await page.evaluate('document.scripts.length'), 2);
    assert.equal(await page.evaluate('document.images.length'), 0);
    assert.match((await page.textContent('h1')) ?? '', /<script>alert\(1\)<\/script>/);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('keeps even an injected script from running', async () => {
    const file = join(folder, 'injected.html');
    const page = await browser.newPage();
    const html = renderHtml(passedResult(), assets).replace(
      '</main>',
      '<script>window.injected = true</script></main>',
    );
    await writeFile(file, html);
    await page.goto(pathToFileURL(file).href);
    assert.equal(await page.evaluate('window.injected'), undefined);
    assert.deepEqual(await inks(page), [true, true, true, true]);
    await page.close();
  });

  it('draws its charts anew when the colour scheme changes', async () => {
    const { page, complaints } = await visit(passedResult(), { colorScheme: 'light' });
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const line = () => page.evaluate(`document.querySelectorAll('.u-marker')[3].style.background`);
    assert.deepEqual([await paper(), await line()], ['rgb(255, 255, 255)', 'rgb(27, 108, 168)']);
    await page.emulateMedia({ colorScheme: 'dark' });
    await until(page, `document.querySelectorAll('.u-marker')[3].style.background === 'rgb(90, 170, 232)'`);
    assert.equal(await paper(), 'rgb(15, 19, 24)');
    assert.deepEqual(await inks(page), [true, true, true, true]);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('fits a phone: nothing but tables is wider than the window', async () => {
    const { page } = await visit(withText(failedResult(), HOSTILE), {
      viewport: { width: 360, height: 740 },
    });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
    assert.deepEqual(await inks(page), [true, true, true, true]);
    await page.close();
  });

  it('lets its charts follow the width of the window', async () => {
    const { page } = await visit(passedResult());
    await page.setViewportSize({ width: 600, height: 900 });
    await until(page, `[...document.querySelectorAll('.uplot')].every((plot) => plot.offsetWidth <= 600)`);
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 600);
    await page.close();
  });

  it('switches a chart between linear and logarithmic values', async () => {
    const { page, complaints } = await visit(passedResult());
    const chart = page.locator('[data-chart=latency]');
    const before = await picture(page, '[data-chart=latency]');
    await chart.getByRole('button', { name: 'log' }).click();
    assert.equal(await chart.getByRole('button', { name: 'log' }).getAttribute('aria-pressed'), 'true');
    assert.equal(await chart.getByRole('button', { name: 'linear' }).getAttribute('aria-pressed'), 'false');
    await until(page, `${pictureScript('[data-chart=latency]')} !== ${JSON.stringify(before)}`);
    assert.deepEqual(await inks(page), [true, true, true, true]);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('prints in light colours at the width of paper, and comes back', async () => {
    const { page } = await visit(passedResult(), { colorScheme: 'dark' });
    await page.evaluate(`addEventListener('beforeprint', () => {
      window.printed = [document.querySelector('.uplot').offsetWidth, getComputedStyle(document.body).backgroundColor];
    })`);
    const pdf = await page.pdf({ format: 'A4', printBackground: true });
    assert.deepEqual(await page.evaluate('window.printed'), [680, 'rgb(255, 255, 255)']);
    assert.equal(pdf.subarray(0, 5).toString('latin1'), '%PDF-');
    await until(page, `document.querySelector('.uplot').offsetWidth > 680`);
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(15, 19, 24)');
    await page.close();
  });

  it('is readable without JavaScript', async () => {
    const { page } = await visit(passedResult(), { javaScriptEnabled: false });
    assert.equal(await page.locator('noscript').isVisible(), true);
    assert.equal(await page.locator('.plot').first().isVisible(), false);
    assert.match((await page.locator('#numbers').textContent()) ?? '', /87\.5\s?ms/);
    await page.close();
  });

  it('opens for a run in which nothing happened', async () => {
    const { page, complaints } = await visit(abortedResult());
    assert.deepEqual(complaints, []);
    await page.close();
  });
});

/** Waits until an expression is true in the page, asking from outside: the page's policy forbids what waitForFunction does. */
async function until(page: Page, expression: string): Promise<void> {
  const endsAt = Date.now() + PATIENCE_MS;
  while ((await page.evaluate(expression)) !== true) {
    if (Date.now() > endsAt) assert.fail(`did not come true: ${expression}`);
    await setTimeout(20);
  }
}

/** For each canvas, whether something was drawn on it. */
async function inks(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll('canvas')].map((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0))`);
}

function pictureScript(figure: string): string {
  return `document.querySelector('${figure} canvas').toDataURL()`;
}

async function picture(page: Page, figure: string): Promise<unknown> {
  return page.evaluate(pictureScript(figure));
}
