// Where this telephone is, once the crew has allowed it: for distances on this page, and to go with an emergency or what the crew
// comes upon. It is never sent by itself: the interface takes positions from radios, vehicles and gateways only.

const FRESH_MS = 60_000;
const KEPT = 'dispatch110.unit.place';

export interface Spot {
  lon: number;
  lat: number;
  accuracyM: number;
  atMs: number;
}

export class OwnPlace {
  /** null: not asked, or not allowed. */
  spot: Spot | null = $state(null);
  state: 'off' | 'asking' | 'on' | 'denied' = $state('off');

  constructor() {
    if (this.possible && localStorage.getItem(KEPT) === 'on') this.turnOn();
  }

  get possible(): boolean {
    return 'geolocation' in navigator && isSecureContext;
  }

  turnOn(): void {
    if (this.state === 'on' || this.state === 'asking') return;
    this.state = 'asking';
    localStorage.setItem(KEPT, 'on');
    navigator.geolocation.watchPosition(
      ({ coords, timestamp }) => {
        this.state = 'on';
        this.spot = { lon: coords.longitude, lat: coords.latitude, accuracyM: Math.round(coords.accuracy), atMs: timestamp };
      },
      ({ code, PERMISSION_DENIED }) => {
        if (code !== PERMISSION_DENIED) return;
        this.state = 'denied';
        localStorage.removeItem(KEPT);
      },
      { enableHighAccuracy: true, maximumAge: 5_000, timeout: 20_000 },
    );
  }

  /** Where we are, if that is known well enough to tell others. */
  get fresh(): Spot | null {
    return this.spot && Date.now() - this.spot.atMs < FRESH_MS ? this.spot : null;
  }
}
