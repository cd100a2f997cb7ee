/** The receivers that a sink can behave like: behaviours files by name, see docs/receiver-profiles.md. */
import { GMAIL } from './gmail.js';
import { OUTLOOK } from './outlook.js';
import { YAHOO } from './yahoo.js';

export const PROFILES: Readonly<Record<string, string>> = { gmail: GMAIL, outlook: OUTLOOK, yahoo: YAHOO };
