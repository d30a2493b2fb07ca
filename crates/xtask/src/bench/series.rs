//! What was measured of one language in one row, round by round.

/// One round: seconds or kB, and the seconds of the backend's processor where they are known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Seconds on the client's clock, or kB.
    pub value: f64,
    /// Seconds that the backend's process spent on a processor.
    pub cpu: Option<f64>,
}

/// The rounds of one language. In some it may not have taken part.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// The language.
    pub name: String,
    rounds: Vec<Option<Reading>>,
}

impl Series {
    /// Nothing measured yet.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), rounds: Vec::new() }
    }

    /// What was measured in the next round, `None` if it took no part in it.
    pub fn push(&mut self, reading: Option<Reading>) {
        self.rounds.push(reading);
    }

    /// In how many rounds it took part.
    pub fn len(&self) -> usize {
        self.rounds.iter().flatten().count()
    }

    /// Half of the rounds had less.
    pub fn median(&self) -> Option<f64> {
        median(self.rounds.iter().flatten().map(|reading| reading.value).collect())
    }

    /// The round with the least.
    pub fn minimum(&self) -> Option<f64> {
        self.rounds.iter().flatten().map(|reading| reading.value).min_by(f64::total_cmp)
    }

    /// As [`Self::median`], of the processor's seconds.
    pub fn median_cpu(&self) -> Option<f64> {
        median(self.rounds.iter().flatten().filter_map(|reading| reading.cpu).collect())
    }

    /// What this took as a multiple of what `other` took in the same round: the median of all rounds that both took part in.
    pub fn ratio_to(&self, other: &Self) -> Option<f64> {
        self.paired(other, |reading| Some(reading.value))
    }

    /// As [`Self::ratio_to`], of the processor's seconds.
    pub fn cpu_ratio_to(&self, other: &Self) -> Option<f64> {
        self.paired(other, |reading| reading.cpu)
    }

    fn paired(&self, other: &Self, of: impl Fn(&Reading) -> Option<f64>) -> Option<f64> {
        let rounds = self.rounds.iter().zip(&other.rounds);
        let ratio = |(ours, theirs): (&Option<Reading>, &Option<Reading>)| {
            Some(of(ours.as_ref()?)? / of(theirs.as_ref()?)?)
        };
        median(rounds.filter_map(ratio).collect())
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
impl Series {
    /// One that took part in every round.
    pub fn of(name: &str, values: &[f64]) -> Self {
        let rounds = values.iter().map(|value| Some(Reading { value: *value, cpu: Some(value / 2.0) }));
        Self { name: name.to_owned(), rounds: rounds.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let series = Series::of("plts", &[5.0, 1.0, 9.0, 2.0, 7.0]);
        assert_eq!(
            (series.median(), series.minimum(), series.median_cpu()),
            (Some(5.0), Some(1.0), Some(2.5))
        );
        assert_eq!(Series::new("plts").median(), None);
    }

    #[test]
    fn what_is_compared_was_measured_in_the_same_round() {
        let ours = Series::of("plts", &[1.0, 20.0, 3.0]);
        let mut theirs = Series::of("plpgsql", &[2.0, 40.0]);
        theirs.push(None);
        assert_eq!(ours.ratio_to(&theirs), Some(0.5));
        assert_eq!(ours.cpu_ratio_to(&theirs), Some(0.5));
        assert_eq!(ours.ratio_to(&Series::new("plperl")), None);
    }
}
