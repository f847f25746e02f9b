// The dispatching seat begins here.

import { openSeat } from '../../seat/open';
import Desk from './Desk.svelte';

void openSeat(Desk);
