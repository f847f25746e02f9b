// The follow-up page begins here.

import { openSeat } from '../../seat/open';
import FollowUp from './FollowUp.svelte';

void openSeat(FollowUp);
