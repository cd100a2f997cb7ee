/**
 * Streams that once broke something, as `npm run fuzz` prints them: base64 of the bytes that decide a run. Replayed by
 * the daily tests, each under the title of what it showed.
 */
export const SEEDS: readonly { readonly title: string; readonly stream: string }[] = [
  {
    title: 'a message abandoned as soon as MAIL is written ends no earlier than it began',
    stream:
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADgAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  },
  {
    title: 'every write buffer comes back, though replies overtook the news that the kernel took it',
    stream:
      'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAOcAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAADrAAAAAAAAAAAAAAAAAAAAAAAAAA==',
  },
];
