"""The rows of media, navigation, modes, PINs, software (fleet_api.md 6.4)."""

from .car_row import PIN, Before, Row

STATE = "vehicle_state"
PLAYS: Before = (("media_toggle_playback", {}),)
UPDATE = (("schedule_software_update", {"offset_sec": 3600}),)
LIMITED = (("speed_limit_activate", {"pin": PIN}),)
UNLIMITED = (*LIMITED, ("speed_limit_deactivate", {"pin": PIN}))
RAISED = (("parental_controls_activate", {"pin": PIN}),)
ROUTE = "drive_state.active_route_destination"
TEXT = {
    "type": "share_ext_content_raw",
    "value": {"android.intent.extra.TEXT": "12 Example Lane"},
    "locale": "en-US",
    "timestamp_ms": "1750000000000",
}

MEDIA_ROWS = (
    Row(
        name="media_toggle_playback",
        label="plays",
        action=("mediaPlayAction", {}),
        shows={f"{STATE}.media_info.media_playback_status": "Playing"},
    ),
    Row(
        name="media_toggle_playback",
        label="pauses",
        action=("mediaPlayAction", {}),
        before=PLAYS,
        shows={f"{STATE}.media_info.media_playback_status": "Paused"},
    ),
    Row(
        name="media_next_track",
        action=("mediaNextTrack", {}),
        before=PLAYS,
        shows={f"{STATE}.media_info.now_playing_title": "Track 2"},
    ),
    Row(
        name="media_prev_track",
        action=("mediaPreviousTrack", {}),
        before=PLAYS,
        shows={f"{STATE}.media_info.now_playing_title": "Track 5"},
    ),
    Row(
        name="media_next_fav",
        action=("mediaNextFavorite", {}),
        before=PLAYS,
        shows={f"{STATE}.media_info.now_playing_station": "Station 2"},
    ),
    Row(
        name="media_prev_fav",
        action=("mediaPreviousFavorite", {}),
        before=PLAYS,
        shows={f"{STATE}.media_info.now_playing_station": "Station 5"},
    ),
    Row(
        name="media_volume_down",
        action=("mediaUpdateVolume", {"volume_delta": -1}),
        shows={f"{STATE}.media_info.audio_volume": 2.333367},
    ),
    Row(
        name="media_volume_up",
        body=None,
        action=("mediaUpdateVolume", {"volume_delta": 1}),
        shows={f"{STATE}.media_info.audio_volume": 3.000033},
    ),
    Row(
        name="adjust_volume",
        body={"volume": 5.5},
        action=("mediaUpdateVolume", {"volume_absolute_float": 5.5}),
        scene="user",
        shows={f"{STATE}.media_info.audio_volume": 5.5},
    ),
    Row(name="navigation_request", body=TEXT, shows={ROUTE: "12 Example Lane"}),
    Row(
        name="navigation_gps_request",
        body={"lat": 52.5, "lon": 13.25, "order": 1},
        action=("navigationGpsRequest", {"lat": 52.5, "lon": 13.25, "order": 1}),
        shows={"drive_state.active_route_latitude": 52.5, "drive_state.active_route_longitude": 13.25},
    ),
    Row(
        name="navigation_sc_request",
        body={"id": 7, "order": 1},
        action=("navigationSuperchargerRequest", {"id": 7, "remote_nav_trip_order": 1}),
        shows={ROUTE: "Supercharger 7"},
    ),
    Row(
        name="navigation_waypoints_request",
        body={"waypoints": "refId:one,refId:two"},
        action=("navigationWaypointsRequest", {"waypoints": "refId:one,refId:two"}),
        shows={ROUTE: "two"},
    ),
    Row(
        name="remote_boombox",
        body={"sound": 2000},
        action=("boomboxAction", {"sound": 2000}),
        does={"seen": ["boombox"]},
    ),
    Row(
        name="take_drivenote",
        body={"note": "n"},
        action=("takeDrivenoteAction", {"note": "n"}),
        does={"seen": ["note"]},
    ),
    Row(
        name="upcoming_calendar_entries",
        body={"calendar_data": "{}"},
        action=("uiSetUpcomingCalendarEntries", {"calendar_data": "{}"}),
        does={"seen": ["calendar"]},
    ),
)

MODE_ROWS = (
    Row(
        name="set_sentry_mode",
        body={"on": True},
        action=("vehicleControlSetSentryModeAction", {"on": True}),
        shows={f"{STATE}.sentry_mode": True},
    ),
    Row(
        name="set_valet_mode",
        label="on",
        body={"on": True, "password": PIN},
        action=("vehicleControlSetValetModeAction", {"on": True, "password": PIN}),
        shows={f"{STATE}.valet_mode": True, f"{STATE}.valet_pin_needed": False},
    ),
    Row(
        name="set_valet_mode",
        label="off",
        body={"on": False, "password": PIN},
        action=("vehicleControlSetValetModeAction", {"on": False, "password": PIN}),
        before=(("set_valet_mode", {"on": True, "password": PIN}),),
        shows={f"{STATE}.valet_mode": False},
    ),
    Row(
        name="reset_valet_pin",
        action=("vehicleControlResetValetPinAction", {}),
        before=(("set_valet_mode", {"on": True, "password": PIN}),),
        shows={f"{STATE}.valet_pin_needed": True},
    ),
    Row(
        name="set_pin_to_drive",
        body={"on": True, "password": PIN},
        action=("vehicleControlSetPinToDriveAction", {"on": True, "password": PIN}),
        does={"modes.pin_to_drive.on": True, "modes.pin_to_drive.pin": PIN},
    ),
    Row(
        name="reset_pin_to_drive_pin",
        action=("vehicleControlResetPinToDriveAction", {}),
        before=(
            ("set_pin_to_drive", {"on": True, "password": PIN}),
            ("set_pin_to_drive", {"on": False, "password": PIN}),
        ),
        does={"modes.pin_to_drive.pin": ""},
    ),
    Row(
        name="clear_pin_to_drive_admin",
        action=("vehicleControlResetPinToDriveAdminAction", {}),
        before=(("set_pin_to_drive", {"on": True, "password": PIN}),),
        does={"modes.pin_to_drive.on": False, "modes.pin_to_drive.pin": ""},
    ),
    Row(
        name="speed_limit_activate",
        body={"pin": PIN},
        action=("drivingSpeedLimitAction", {"activate": True, "pin": PIN}),
        shows={f"{STATE}.speed_limit_mode.active": True, f"{STATE}.speed_limit_mode.pin_code_set": True},
    ),
    Row(
        name="speed_limit_deactivate",
        body={"pin": PIN},
        action=("drivingSpeedLimitAction", {"activate": False, "pin": PIN}),
        before=LIMITED,
        shows={f"{STATE}.speed_limit_mode.active": False},
    ),
    Row(
        name="speed_limit_set_limit",
        body={"limit_mph": 70},
        action=("drivingSetSpeedLimitAction", {"limit_mph": 70}),
        shows={f"{STATE}.speed_limit_mode.current_limit_mph": 70},
    ),
    Row(
        name="speed_limit_clear_pin",
        body={"pin": PIN},
        action=("drivingClearSpeedLimitPinAction", {"pin": PIN}),
        before=UNLIMITED,
        shows={f"{STATE}.speed_limit_mode.pin_code_set": False},
    ),
    Row(
        name="speed_limit_clear_pin_admin",
        action=("drivingClearSpeedLimitPinAdminAction", {}),
        before=LIMITED,
        shows={f"{STATE}.speed_limit_mode.pin_code_set": False, f"{STATE}.speed_limit_mode.active": False},
    ),
    Row(
        name="parental_controls_activate",
        body=None,
        action=("parentalControlsAction", {"activate": True, "pin": PIN}),
        does={"modes.parental.on": True},
    ),
    Row(
        name="parental_controls_deactivate",
        body=None,
        action=("parentalControlsAction", {"activate": False, "pin": PIN}),
        before=RAISED,
        does={"modes.parental.on": False},
    ),
    Row(
        name="parental_controls_enable_setting",
        body=None,
        # Tesla's protobuf counts the settings from 0, whatever a docstring says: 3 is the curfew.
        action=("parentalControlsEnableSettingsAction", {"setting": 3, "enable": True}),
        does={"modes.parental_settings": {3: True}},
    ),
    Row(
        name="parental_controls_set_speed_limit",
        body=None,
        action=("parentalControlsSetSpeedLimitAction", {"limit_mph": 65}),
        does={"modes.parental_limit_mph": 65},
    ),
    Row(
        name="parental_controls_clear_pin",
        body=None,
        action=("parentalControlsClearPinAction", {"pin": PIN}),
        before=RAISED,
        does={"modes.parental.pin": ""},
    ),
    Row(
        name="parental_controls_clear_pin_admin",
        body=None,
        action=("parentalControlsClearPinAdminAction", {}),
        before=RAISED,
        does={"modes.parental.pin": ""},
    ),
    Row(
        name="guest_mode",
        body={"enable": True},
        action=("guestModeAction", {"GuestModeActive": True}),
        does={"modes.guest": True},
    ),
    Row(
        name="erase_user_data",
        action=("eraseUserDataAction", {}),
        before=(*PLAYS, ("guest_mode", {"enable": True})),
        shows={f"{STATE}.media_info.media_playback_status": "Stopped"},
    ),
    Row(
        name="set_vehicle_name",
        body={"vehicle_name": "Stella"},
        action=("setVehicleNameAction", {"vehicleName": "Stella"}),
        shows={f"{STATE}.vehicle_name": "Stella", "display_name": "Stella"},
    ),
    Row(
        name="set_low_power_mode",
        body=None,
        action=("setLowPowerModeAction", {"low_power_mode": True}),
        does={"modes.low_power": True},
    ),
    Row(
        name="keep_accessory_power_mode",
        body=None,
        action=("setKeepAccessoryPowerModeAction", {"keep_accessory_power_mode": True}),
        does={"modes.accessory_power": True},
    ),
    Row(
        name="schedule_software_update",
        body={"offset_sec": 60},
        action=("vehicleControlScheduleSoftwareUpdateAction", {"offset_sec": 60}),
        scene="update",
        shows={f"{STATE}.software_update.status": "scheduled", f"{STATE}.software_update.version": "2026.36.1"},
    ),
    Row(
        name="cancel_software_update",
        action=("vehicleControlCancelSoftwareUpdateAction", {}),
        scene="update",
        before=UPDATE,
        shows={f"{STATE}.software_update.status": "available"},
    ),
)
