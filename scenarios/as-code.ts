/**
 * A newsletter and the mail around it, as code: who gets what is computed, and proved to arrive.
 * Answers: what do I write when words are not enough? Sends 400 messages to the embedded sink; docs/code.md explains it.
 * Needs nothing. With a relay that delivers to port 2600:
 * mailbench run scenarios/as-code.ts --target smtp://127.0.0.1:25 --set 'delivery.sink={listen: 127.0.0.1:2600}'
 */
import { defineScenario } from 'mailbench';

interface Subscriber {
  readonly name: string;
  readonly language: 'en' | 'de';
}

const GREETINGS = { en: 'Good morning', de: 'Grüß Gott' } as const;

export default defineScenario({
  scenarios: {
    newsletter: { executor: 'shared-iterations', vus: 10, iterations: 300 },
    orders: { executor: 'constant-arrival-rate', rate: 20, duration: '5s', preAllocatedVUs: 10 },
  },
  thresholds: { smtp_message_failed: ['rate==0'], delivery_lost: ['count==0'] },
  delivery: { expect: 'sink', wait: '30s' },

  // Once, before the load. Here a list is made up; yours may come from a database.
  setup(): { readonly subscribers: readonly Subscriber[] } {
    return {
      subscribers: Array.from({ length: 50 }, (_, n) => ({
        name: `reader${n}`,
        language: n % 3 === 0 ? 'de' : 'en',
      })),
    };
  },

  // The newsletter goes round the list; an order confirmation goes to somebody drawn from it.
  envelope({ scenario, index, data: { subscribers }, draw }) {
    const who =
      scenario === 'newsletter' ? index % subscribers.length : Math.floor(draw('who') * subscribers.length);
    return { from: `${scenario}@sender.example.test`, to: `${subscribers[who]?.name}@rcpt.example.test` };
  },

  message({ scenario, index, data: { subscribers }, draw, to }) {
    if (scenario === 'newsletter') {
      const { name, language } = subscribers[index % subscribers.length] as Subscriber;
      const html = `<h1>${GREETINGS[language]}, ${name}</h1>${'<p>What happened this week.</p>\n'.repeat(200)}`;
      return {
        subject: `Week ${Math.floor(index / subscribers.length) + 1}`,
        html,
        headers: { To: to.join() },
      };
    }
    // One order in ten has its invoice with it.
    if (draw('invoice') < 0.1) {
      const invoice = {
        filename: `${index}.pdf`,
        content: new Uint8Array(20_000),
        contentType: 'application/pdf',
      };
      return { subject: `Order ${index}`, text: 'Your invoice is attached.\n', attachments: [invoice] };
    }
    return { subject: `Order ${index}`, text: `Thank you for order ${index}.\n` };
  },
});
