// The call-taking seat begins here.

import { openSeat } from '../../seat/open';
import Call from './Call.svelte';

void openSeat(Call);
