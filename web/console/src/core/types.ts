// What the server says, by the names of this page. The shapes are generated from the OpenAPI document, never written here.

import type { components } from './schema';

type Shapes = components['schemas'];

export type Incident = Shapes['IncidentShown'];
export type Assignment = Shapes['AssignmentShown'];
export type Unit = Shapes['UnitShown'];
export type Call = Shapes['CallShown'];
export type Emergency = Shapes['EmergencyShown'];
export type RollCall = Shapes['RollCallShown'];
export type PlannedEvent = Shapes['EventShown'];
export type Alert = Shapes['AlertShown'];
export type Broadcast = Shapes['BroadcastShown'];
export type BroadcastRecipient = Shapes['RecipientShown'];
export type Addressed = Shapes['AddressedShown'];
export type Audience = Shapes['Audience'];
export type Match = Shapes['MatchShown'];
export type Duty = Shapes['DutyNow'];
export type DutyLevel = Shapes['DutyLevelShown'];
export type LevelChange = Shapes['LevelChange'];
export type Waiting = Shapes['Waiting'];
export type Note = Shapes['NoteShown'];
export type Place = Shapes['PlaceShown'];
export type Session = Shapes['SessionShown'];
export type Fix = Shapes['FixShown'];

/** What became of a broadcast at one recipient; told by the feed alone. */
export interface BroadcastLamp {
  id: string;
  version: number;
  broadcast_id: string;
  party_id: string;
  party: 'unit' | 'room';
  delivered_at: string | null;
  read_at: string | null;
  read_by: string | null;
  counts: Broadcast['counts'];
}

/** A thing of the feed: it has a name and a version, and whoever has the higher version has the newer one. */
export interface Entity {
  id: string;
  version: number;
}

/** What a ledger row changed, as this seat may see it after the fact; null when it no longer may. */
export interface Told {
  noun: string;
  id: string;
  version: number;
  now: Entity | null;
}

export interface FeedEvent extends Told {
  seq: number;
  prev: number;
  at: string;
  fact: string;
  also?: Told[];
}

/** What else belongs to the snapshot of that seq; whole: now it is complete. */
export interface More {
  seq: number;
  whole: boolean;
  incidents?: Incident[];
  units?: Unit[];
}

export interface Snapshot {
  seq: number;
  at: string;
  room: string | null;
  /** Not whole: more incidents and units of a large city follow, part after part. */
  whole: boolean;
  incidents: Incident[];
  units: Unit[];
  calls?: Call[];
  emergencies?: Emergency[];
  [list: string]: unknown;
}
