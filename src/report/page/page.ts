/**
 * Page: puts the charts into their places and keeps them fitting.
 *
 * Redraws when the width, the colour scheme or the scale changes, and before and after a print.
 */
interface Place {
  readonly figure: HTMLElement;
  readonly host: HTMLElement;
  readonly make: (context: ChartContext) => ChartContent;
  isLog: boolean;
  plot: Plot | null;
}

const PRINT_WIDTH = 680;
const HEIGHT = 264;
const NARROW_HEIGHT = 216;

function start(): void {
  const data: PageData = JSON.parse(document.getElementById('data')?.textContent ?? '');
  const places = findPlaces();
  document.documentElement.classList.add('drawn');
  const drawAll = () => {
    for (const place of places) draw(place, data);
  };
  drawAll();
  for (const place of places) {
    listenForScale(place, data);
    new ResizeObserver(() => fitWidth(place)).observe(place.host);
  }
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  listenForPrint(drawAll);
}

function findPlaces(): Place[] {
  return [...document.querySelectorAll<HTMLElement>('[data-chart]')].flatMap((figure) => {
    const make = CHARTS[figure.dataset.chart ?? ''];
    const host = figure.querySelector<HTMLElement>('.plot');
    return make === undefined || host === null ? [] : [{ figure, host, make, isLog: false, plot: null }];
  });
}

function draw(place: Place, data: PageData): void {
  const { options, columns } = place.make({ data, theme: readTheme(), isLog: place.isLog });
  place.plot?.destroy();
  place.plot = new uPlot(
    { ...options, ...sizeOf(place) },
    columns as import('uplot').AlignedData,
    place.host,
  );
}

function fitWidth(place: Place): void {
  if (!isPrinting() && place.plot !== null && place.plot.width !== sizeOf(place).width)
    place.plot.setSize(sizeOf(place));
}

function sizeOf({ host }: Place): { width: number; height: number } {
  const width = isPrinting() ? PRINT_WIDTH : host.clientWidth;
  return { width, height: width < 520 ? NARROW_HEIGHT : HEIGHT };
}

function listenForScale(place: Place, data: PageData): void {
  const buttons = [...place.figure.querySelectorAll<HTMLButtonElement>('[data-scale]')];
  for (const button of buttons) {
    button.addEventListener('click', () => {
      place.isLog = button.dataset.scale === 'log';
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      draw(place, data);
    });
  }
}

/** Styles for print are not yet in force when `beforeprint` comes, so a class brings the light colours. */
function listenForPrint(drawAll: () => void): void {
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('printing');
    drawAll();
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('printing');
    drawAll();
  });
}

function isPrinting(): boolean {
  return document.documentElement.classList.contains('printing');
}

start();
