// Colours of the map. The ground keeps its chroma low and its brightness apart from what lies on it: colour belongs to status.

import type { Theme } from '../core/prefs.svelte';

/** Slots of @versatiles/style. */
export type Ground = Readonly<Record<
  'background' | 'land' | 'water' | 'glacier' | 'natureWood' | 'natureGrass' | 'naturePark' | 'natureAgriculture' | 'natureSand'
  | 'natureRock' | 'natureWetland' | 'natureLeisure' | 'areaResidential' | 'areaCommercial' | 'areaIndustrial' | 'areaWaste'
  | 'areaBurial' | 'siteConstruction' | 'siteEducation' | 'siteHospital' | 'siteDanger' | 'sitePrison' | 'siteParking' | 'siteSports'
  | 'building' | 'buildingBg' | 'roadStreet' | 'roadStreetBg' | 'roadMotorway' | 'roadMotorwayBg' | 'roadTrunk' | 'roadTrunkBg'
  | 'transitRail' | 'transitSubway' | 'transitCycle' | 'transitFoot' | 'boundary' | 'boundaryDisputed' | 'label' | 'labelHalo'
  | 'labelShield' | 'labelSymbol' | 'labelPoi' | 'labelHousenumber' | 'labelWater', string>>;

export const GROUND: Readonly<Record<Theme, Ground>> = {
  dark: {
    background: '#10171c', land: '#10171c', water: '#0b2432', glacier: '#1b2830',
    natureWood: '#13221b', natureGrass: '#14201b', naturePark: '#15261d', natureAgriculture: '#141d1c', natureSand: '#1d1f1b',
    natureRock: '#191e21', natureWetland: '#12221f', natureLeisure: '#152420',
    areaResidential: '#131b21', areaCommercial: '#171f26', areaIndustrial: '#161c22', areaWaste: '#191c1e', areaBurial: '#141f1b',
    siteConstruction: '#1b1e20', siteEducation: '#1a2026', siteHospital: '#20202a', siteDanger: '#221c1e', sitePrison: '#1b1e24',
    siteParking: '#171e24', siteSports: '#16231e',
    building: '#212d36', buildingBg: '#0d1317',
    roadStreet: '#2b3842', roadStreetBg: '#0c1216', roadMotorway: '#4d5a60', roadMotorwayBg: '#0c1216', roadTrunk: '#414e57', roadTrunkBg: '#0c1216',
    transitRail: '#394048', transitSubway: '#333a44', transitCycle: '#26323a', transitFoot: '#26323a',
    boundary: '#43535f', boundaryDisputed: '#43535f',
    label: '#9db0bd', labelHalo: '#0b1115', labelShield: '#2b3842', labelSymbol: '#6e808c', labelPoi: '#83959f', labelHousenumber: '#6f808b',
    labelWater: '#6d98b0',
  },
  light: {
    background: '#edf0f2', land: '#edf0f2', water: '#b7d0de', glacier: '#f4f7f9',
    natureWood: '#ccdcca', natureGrass: '#dae5d6', naturePark: '#d0e1cb', natureAgriculture: '#e6e9df', natureSand: '#ebe6d8',
    natureRock: '#e0e1e0', natureWetland: '#d3e0d8', natureLeisure: '#d6e4d2',
    areaResidential: '#e9ecee', areaCommercial: '#e8e8ec', areaIndustrial: '#e5e7ea', areaWaste: '#e2e0dc', areaBurial: '#d9e2d6',
    siteConstruction: '#e5e2dc', siteEducation: '#ecebe2', siteHospital: '#f0e6e8', siteDanger: '#efe2e0', sitePrison: '#e4e2e6',
    siteParking: '#e6e9ec', siteSports: '#d6e4d2',
    building: '#dce1e5', buildingBg: '#c9d0d6',
    roadStreet: '#ffffff', roadStreetBg: '#cbd3d9', roadMotorway: '#f4e9c8', roadMotorwayBg: '#c9bf9f', roadTrunk: '#f8f1dc', roadTrunkBg: '#cbc5b2',
    transitRail: '#aeb4bb', transitSubway: '#bcc1c8', transitCycle: '#dfe4e8', transitFoot: '#dfe4e8',
    boundary: '#93a3ae', boundaryDisputed: '#93a3ae',
    label: '#3c4c58', labelHalo: '#f6f8f9', labelShield: '#dfe4e8', labelSymbol: '#6b7b87', labelPoi: '#52626d', labelHousenumber: '#66757f',
    labelWater: '#33566a',
  },
};

/** Colours of what lies on the ground, by the names of the tokens of the page. */
export const TOKENS = [
  'ok', 'ordered', 'enroute', 'scene', 'lost', 'idle', 'crit', 'edge', 'p1', 'p2', 'p3', 'p4', 'on-p', 'on-p1', 'accent', 'text', 'dim',
  'panel', 'map-ground', 'map-border', 'map-dim', 'map-halo', 'map-point', 'map-text', 'map-edge', 'map-sea', 'scene-text', 'crit-text',
] as const;
/** Colours that only the map has: no status is said in them. limit: borders of rooms and beats; post: fixed positions; event: planned
 * events; heat:
 * density; cover: rings. */
const OWN = {
  dark: { limit: '#9d93c4', post: '#b9a6a0', event: '#e58ac8', heat: '#c3a6d8', cover: '#5c92a3' },
  light: { limit: '#63569a', post: '#76564c', event: '#96267a', heat: '#7a3f9d', cover: '#4d8397' },
} as const;
export type Ink = Readonly<Record<(typeof TOKENS)[number] | keyof (typeof OWN)['dark'], string>> & { readonly theme: Theme };

/** read: a token's value, without its two hyphens. */
export function inkOf(theme: Theme, read: (token: string) => string): Ink {
  return { theme, ...OWN[theme], ...(Object.fromEntries(TOKENS.map((token) => [token, read(token)])) as Record<(typeof TOKENS)[number], string>) };
}

/** The ink of the page as it is now. */
export function pageInk(theme: Theme): Ink {
  const style = getComputedStyle(document.documentElement);
  return inkOf(theme, (token) => style.getPropertyValue(`--${token}`).trim());
}

export type Rgb = [red: number, green: number, blue: number];

/** '#rrggbb' or '#rgb' as three numbers from 0 to 1; anything else: mid-grey. */
export function rgb(colour: string): Rgb {
  const short = /^#([\da-f])([\da-f])([\da-f])$/i.exec(colour);
  const long = /^#([\da-f]{2})([\da-f]{2})([\da-f]{2})$/i.exec(colour);
  const parts = short ? short.slice(1).map((digit) => digit + digit) : long?.slice(1);
  return parts ? (parts.map((two) => parseInt(two, 16) / 255) as Rgb) : [0.5, 0.5, 0.5];
}
