//! Days of the calendar as text in ISO 8601, as `EncodeDateOnly` in `src/backend/utils/adt/datetime.c` prints it with
//! `DateStyle` ISO: whatever that setting is, `date_in` reads this form.

/// Days from 1970-01-01 to 2000-01-01, PostgreSQL's epoch.
const EPOCH_DIFFERENCE_DAYS: i64 = 10_957;

/// The text of a `date`, given in days since 2000-01-01; the extreme values are the infinities (`utils/date.h`).
/// Years before 1 are printed with ` BC`.
pub fn print(days: i32) -> String {
    match days {
        i32::MAX => "infinity".to_owned(),
        i32::MIN => "-infinity".to_owned(),
        _ => print_day(i64::from(days) + EPOCH_DIFFERENCE_DAYS),
    }
}

/// The text of the day that many days after 1970-01-01, JavaScript's epoch.
pub fn print_day(days: i64) -> String {
    let (year, month, day) = civil(days);
    if year > 0 {
        format!("{year:04}-{month:02}-{day:02}")
    } else {
        format!("{:04}-{month:02}-{day:02} BC", 1 - year)
    }
}

/// Year, month and day of a count of days since 1970-01-01 in the proleptic Gregorian calendar: eras of 400 years that
/// begin in March, so that the leap day comes last.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for (day, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (19_782, "2024-02-29"),
            (19_783, "2024-03-01"),
            (11_016, "2000-02-29"),
            (-25_509, "1900-02-28"),
            (-25_508, "1900-03-01"),
            (-719_162, "0001-01-01"),
            (-719_163, "0001-12-31 BC"),
            (2_932_897, "10000-01-01"),
        ] {
            assert_eq!(print_day(day), text);
        }
    }

    #[test]
    fn prints_as_postgresql_does() {
        for (days, text) in [
            (0, "2000-01-01"),
            (59, "2000-02-29"),
            (-1, "1999-12-31"),
            (8_724, "2023-11-20"),
            (-730_119, "0001-01-01"),
            (-730_120, "0001-12-31 BC"),
            (2_921_939, "9999-12-31"),
            (2_921_940, "10000-01-01"),
            (i32::MAX, "infinity"),
            (i32::MIN, "-infinity"),
        ] {
            assert_eq!(print(days), text, "{days}");
        }
    }
}
