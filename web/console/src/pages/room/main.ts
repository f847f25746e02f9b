// The command room begins here.

import { openSeat } from '../../seat/open';
import Room from './Room.svelte';

void openSeat(Room);
