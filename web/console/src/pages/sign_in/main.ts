// Where one signs in and takes a seat. It needs no seat itself, so it follows no feed.

import { mount } from 'svelte';
import { spoken } from '../../core/language.svelte';
import { look } from '../../core/prefs.svelte';
import SignIn from './SignIn.svelte';
import '../../look/base.css';

look.apply();
spoken.speak(spoken.now);
mount(SignIn, { target: document.getElementById('app')! });
