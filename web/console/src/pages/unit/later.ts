// What of the crew's page is not needed for it to stand: it comes right after, in one piece, and lies in the browser from then on.

export { default as Outgoing } from './Outgoing.svelte';
export { default as Sheets } from './Sheets.svelte';
export { default as Squad } from './Squad.svelte';
export { default as StandBy } from './StandBy.svelte';
